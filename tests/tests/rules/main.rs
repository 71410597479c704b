//! What the rules of the seed make of law and terms: each right value comes from the text that the rule names.

mod rules_by_value;
mod rules_in_time;
mod rules_of_law;
mod support;
