-- Creates the missing partitions for every month from the first day's to the last day's; returns how many. Runs as the owner of
-- the table, so that whoever loads history need not be.
--
-- Called by whoever loads history, like the seed of a development environment; granted to no component.
create or replace function price_candle_partitions(first_day date, last_day date) returns integer
    language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    month date := date_trunc('month', first_day)::date;
    name  text;
    made  integer := 0;
begin
    if first_day < date '1970-01-01' or last_day > current_date + 3660 then
        raise exception 'price history from % to % is out of range', first_day, last_day
            using errcode = 'invalid_parameter_value';
    end if;
    while month <= last_day loop
        name := 'price_candle_' || to_char(month, 'YYYYMM');
        if to_regclass(name) is null then
            execute format('create table %I partition of price_candle for values from (%L) to (%L)',
                name, month, month + interval '1 month');
            made := made + 1;
        end if;
        month := month + interval '1 month';
    end loop;
    return made;
end
$$;

revoke all on function price_candle_partitions(date, date) from public;
