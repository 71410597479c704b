-- Whoever follows changes reads a page of them after a position. `exists` in the policy made Postgres work out all escrows that the
-- tenant sees first, whether or not anything had changed in them: the whole table, at every request. A scalar subquery is never
-- turned into such a list: each change that is read looks its escrow up.

alter policy escrow_change_of_escrow on escrow_change using (
    (select true from escrow e where e.id = escrow_change.escrow_id));
