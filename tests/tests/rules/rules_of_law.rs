//! Whom the laws let in, by which evidence.

use chrono::{Duration, NaiveDate};
use fundrail_tests::{Value, assert_problem, json, shared, skip};

use crate::support::{
    Class, amount, ask, changed, company, days_ago, experienced, investor, large, lot, months_ago, outcomes,
    own_rule, person, shown, today, units,
};

#[test]
#[expect(clippy::too_many_lines, reason = "one table of cases")]
fn nobody_becomes_a_professional_by_saying_so() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes a share class into the database") };
    let tenant = env.institution();
    let class = Class::new(control, "EUR", &["mifid-professional", "lux-raif", "retail-priips"], "10");
    let as_one = |base: fn(Value) -> Value, kind: &str, evidence: &str, figures: &Value| {
        base(json!({"classifications": [shown(kind, evidence, days_ago(10), figures)]}))
    };
    let none = json!({});
    for (who, body, expected) in [
        (
            "a person who says so",
            as_one(person, "mifid_professional", "written_representation", &none),
            "deny",
        ),
        (
            "a person of a register",
            as_one(person, "mifid_professional", "regulatory_register", &none),
            "deny",
        ),
        ("a person by letter", as_one(person, "mifid_professional", "third_party_letter", &none), "deny"),
        (
            "a person of great means",
            as_one(person, "mifid_professional", "financial_statements", &large()),
            "deny",
        ),
        (
            "a counterparty by its own word",
            as_one(company, "mifid_eligible_counterparty", "written_representation", &none),
            "deny",
        ),
        (
            "a person as a counterparty",
            as_one(person, "mifid_eligible_counterparty", "regulatory_register", &none),
            "deny",
        ),
        (
            "a company that says so",
            as_one(company, "mifid_professional", "written_representation", &none),
            "deny",
        ),
        (
            "large by its own word",
            as_one(company, "mifid_professional", "written_representation", &large()),
            "deny",
        ),
        (
            "experienced by their own word",
            as_one(person, "mifid_professional_elective", "written_representation", &experienced()),
            "deny",
        ),
        (
            "experienced by letter",
            as_one(person, "mifid_professional_elective", "third_party_letter", &experienced()),
            "deny",
        ),
        (
            "well-informed by their own word",
            as_one(person, "lux_well_informed", "written_representation", &none),
            "deny",
        ),
        (
            "assessed by a firm",
            as_one(person, "mifid_professional_elective", "firm_assessment", &experienced()),
            "allow",
        ),
        (
            "a bank of a register",
            as_one(company, "mifid_professional", "regulatory_register", &none),
            "allow",
        ),
        (
            "a counterparty of a register",
            as_one(company, "mifid_eligible_counterparty", "regulatory_register", &none),
            "allow",
        ),
        (
            "large by its statements",
            as_one(company, "mifid_professional", "financial_statements", &large()),
            "allow",
        ),
    ] {
        let id = investor(env, &tenant, &body);
        let check = ask(env, &tenant, &amount(&id, &class, "subscribe", "50000", "EUR"));
        let said = outcomes(&check);
        for rule in ["eu.mifid.professional", "lu.raif.well_informed", "eu.priips.key_information"] {
            assert_eq!(said[rule], expected, "{who}: {rule}: {check}");
        }
    }
}

#[test]
fn well_informed_is_who_confirms_it_and_is_assessed_or_invests_enough() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes holdings into the database") };
    let tenant = env.institution();
    let class = Class::new(control, "EUR", &["lux-raif"], "1000");
    let confirmed = json!([{"document": "well_informed_confirmation", "share_class_id": class.id,
        "acknowledged_at": format!("{}T00:00:00Z", days_ago(1))}]);
    let assessed = json!([shown("lux_well_informed", "firm_assessment", days_ago(1), &json!({}))]);
    let holder = investor(env, &tenant, &person(json!({"acknowledgements": confirmed})));
    lot(control, &tenant, &holder, &class, "60", 400);
    let newcomer = investor(env, &tenant, &person(json!({"acknowledgements": confirmed})));
    let silent = investor(env, &tenant, &person(json!({"classifications": assessed})));
    let both = person(json!({"classifications": assessed, "acknowledgements": confirmed}));
    let both = investor(env, &tenant, &both);
    for (who, id, value, expected) in [
        ("40,000 on top of what is worth 60,000", &holder, "40000", "allow"),
        ("a cent less", &holder, "39999.99", "deny"),
        ("100,000 at once", &newcomer, "100000", "allow"),
        ("a cent less at once", &newcomer, "99999.99", "deny"),
        ("assessed, without their own word", &silent, "1000", "deny"),
        ("assessed, with their own word", &both, "1000", "allow"),
    ] {
        let check = ask(env, &tenant, &amount(id, &class, "subscribe", value, "EUR"));
        assert_eq!(outcomes(&check)["lu.raif.well_informed"], expected, "{who}: {check}");
    }
}

#[test]
fn a_well_informed_investor_invests_in_the_fund_whichever_its_classes() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes holdings into the database") };
    let tenant = env.institution();
    let (class, elsewhere) = (
        Class::new(control, "EUR", &["lux-raif"], "1000"),
        Class::new(control, "EUR", &["sanctions"], "1000"),
    );
    let of_fund = |other: &Class| {
        let sql = format!(
            "update share_class set name = 'B', fund_id = (select fund_id from share_class where id = '{}') where id = '{}'",
            class.id, other.id
        );
        control.database().admin().batch_execute(&sql).expect("a class of the fund");
    };
    let confirmed = json!([{"document": "well_informed_confirmation", "share_class_id": class.id,
        "acknowledged_at": format!("{}T00:00:00Z", days_ago(1))}]);
    let holder = investor(env, &tenant, &person(json!({"acknowledgements": confirmed})));
    lot(control, &tenant, &holder, &elsewhere, "60", 400);
    let said = |value: &str| {
        let check = ask(env, &tenant, &amount(&holder, &class, "subscribe", value, "EUR"));
        outcomes(&check)["lu.raif.well_informed"].to_owned()
    };
    assert_eq!(said("40000"), "deny", "what is held of another fund does not count");
    of_fund(&elsewhere);
    assert_eq!(said("40000"), "allow", "60,000 are invested in the fund already");
    assert_eq!(said("39999.99"), "deny");
}

#[test]
fn each_category_of_regulation_s_has_its_own_period() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes holdings into the database") };
    let tenant = env.institution();
    for (set, held_for, expected) in [
        ("reg-s-1", 0, "allow"),
        ("reg-s-2", 39, "review"),
        ("reg-s-2", 41, "allow"),
        ("reg-s-3-debt", 39, "review"),
        ("reg-s-3-debt", 41, "allow"),
        ("reg-s-3", 41, "deny"),
        ("reg-s-3", 190, "deny"),
        ("reg-s-3", 367, "allow"),
        ("reg-s-3-reporting", 41, "deny"),
        ("reg-s-3-reporting", 190, "allow"),
    ] {
        let class = Class::new(control, "USD", &[set], "10");
        let id = investor(env, &tenant, &person(json!({})));
        lot(control, &tenant, &id, &class, "100", held_for);
        let check = ask(env, &tenant, &units(&id, &class, "transfer", "100"));
        assert_eq!(check["outcome"], expected, "{set} after {held_for} days: {check}");
        let american = investor(env, &tenant, &person(json!({"residence": "US"})));
        let bought = ask(env, &tenant, &amount(&american, &class, "subscribe", "100", "USD"));
        assert_eq!(outcomes(&bought)["us.reg_s.not_us_person"], "deny", "{set}");
    }
    let mut admin = control.database().admin();
    let sql = "select array_to_string(rule_sets, ',') from share_class where id = '0198c003-0000-7000-8000-000000000007'";
    let sets: String = admin.query_one(sql, &[]).unwrap().get(0);
    assert_eq!(sets, "reg-s-3,sanctions", "a partnership of Delaware that does not report is of category 3");
}

#[test]
fn thirty_five_purchasers_of_the_issuer_within_ninety_days_are_not_accredited() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes holdings into the database") };
    let tenant = env.institution();
    let class = Class::new(control, "USD", &["us-506b"], "10");
    let sister = Class::of(control, class.issuer, "USD", &["us-506b"]);
    let word = |issued_on: &str| json!({"classifications": [shown("us_accredited", "written_representation", issued_on, &json!({}))]});
    // Bought of another fund of the issuer: without evidence, with evidence that was stale then, and long ago.
    let sql = |count: i32, days: i32, evidence: &str| {
        format!(
            "with one as (
                 insert into investor (tenant_id, id, kind, name, residence)
                 select '{0}', gen_random_uuid(), 'natural', 'Somebody ' || n, 'US' from generate_series(1, {count}) n
                 returning id),
             evidence as (
                 insert into investor_classification (tenant_id, id, investor_id, kind, evidence, issued_on)
                 select '{0}', gen_random_uuid(), id, 'us_accredited', 'third_party_letter', current_date - {days} - age
                 from one, unnest('{{{evidence}}}'::integer[]) as age
                 returning id, investor_id),
             approval as (
                 insert into investor_classification_approval (tenant_id, classification_id, investor_id)
                 select '{0}', id, investor_id from evidence)
             insert into holding_lot (tenant_id, id, investor_id, share_class_id, units, amount, acquired_at)
             select '{0}', gen_random_uuid(), id, '{1}', 1, 1, now() - interval '{days} days' from one",
            tenant.id, sister.id
        )
    };
    let mut admin = control.database().admin();
    let mut buy = |count, days, evidence| admin.batch_execute(&sql(count, days, evidence)).expect("holders");
    buy(10, 92, "");
    buy(10, 20, "30");
    buy(20, 80, "");
    buy(8, 80, "400");
    let newcomer = investor(env, &tenant, &person(json!({"residence": "US"})));
    let subscribe = |id: &str| ask(env, &tenant, &amount(id, &class, "subscribe", "100", "USD"));
    let check = subscribe(&newcomer);
    assert_eq!(outcomes(&check)["us.506b.not_accredited"], "allow", "the 29th: {check}");
    buy(1, 5, "");
    assert_eq!(outcomes(&subscribe(&newcomer))["us.506b.not_accredited"], "review", "the 30th");
    buy(6, 5, "500");
    assert_eq!(outcomes(&subscribe(&newcomer))["us.506b.not_accredited"], "deny", "the 36th");
    let stale = investor(env, &tenant, &person(word("2011-03-01")));
    assert_eq!(
        outcomes(&subscribe(&stale))["us.506b.not_accredited"],
        "deny",
        "what was said in 2011 is stale"
    );
    let fresh = investor(env, &tenant, &person(word(&days_ago(30))));
    assert_eq!(
        outcomes(&subscribe(&fresh))["us.506b.not_accredited"],
        "allow",
        "accredited, and not counted"
    );
    lot(control, &tenant, &stale, &class, "1", 10);
    let one_too_many = subscribe(&stale);
    assert_eq!(outcomes(&one_too_many)["us.506b.not_accredited"], "allow", "is one of them: {one_too_many}");
}

#[test]
fn an_organisation_names_who_controls_it() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes a share class into the database") };
    let tenant = env.institution();
    let class = Class::new(control, "USD", &["sanctions"], "10");
    let owner = |percent: &str, identified: bool, controls: bool| {
        let mut owner = json!({"name": format!("Owner of {percent} {controls}"), "percent": percent, "controls": controls});
        if identified {
            owner["identified_on"] = json!(days_ago(1));
        }
        owner
    };
    for (what, owners, expected) in [
        ("nobody", json!([]), "review"),
        ("small owners", json!([owner("20", true, false), owner("10", true, false)]), "review"),
        ("a director who owns nothing", json!([owner("0", true, true)]), "allow"),
        ("a director whom nobody has identified", json!([owner("0", false, true)]), "review"),
        ("two halves", json!([owner("50", true, false), owner("49.5", true, false)]), "review"),
        ("two halves and a director", json!([owner("50", true, false), owner("0", true, true)]), "allow"),
        ("one who owns most", json!([owner("60", true, false)]), "allow"),
    ] {
        let id = investor(env, &tenant, &company(json!({"beneficial_owners": owners})));
        let check = ask(env, &tenant, &amount(&id, &class, "subscribe", "100", "USD"));
        assert_eq!(outcomes(&check)["identity.beneficial_owners"], expected, "{what}: {check}");
    }
    let nothing = company(json!({"beneficial_owners": [owner("0", true, false)]}));
    let refused = env.post("/v1/investors").token(&tenant).json(&nothing).send();
    assert_problem(&refused, 422, "invalid_fields", &["/beneficial_owners/0/percent"]);
}

#[test]
fn embargoed_countries_and_regions_are_kept_out_by_a_dated_list() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes a share class into the database") };
    let tenant = env.institution();
    let class = Class::new(control, "USD", &["sanctions"], "10");
    for (residence, expected) in [
        ("CU", "deny"),
        ("IR", "deny"),
        ("KP", "deny"),
        ("MM", "review"),
        ("UA", "review"),
        ("SY", "allow"),
        ("CH", "allow"),
    ] {
        for base in [person as fn(Value) -> Value, company] {
            let id = investor(env, &tenant, &base(json!({"residence": residence})));
            let check = ask(env, &tenant, &amount(&id, &class, "subscribe", "100", "USD"));
            assert_eq!(check["outcome"], expected, "{residence}: {check}");
        }
        let holder = investor(env, &tenant, &person(json!({"residence": residence})));
        lot(control, &tenant, &holder, &class, "1", 400);
        let redeemed = ask(env, &tenant, &units(&holder, &class, "redeem", "1"));
        let expected = if residence == "MM" { "allow" } else { expected };
        assert_eq!(redeemed["outcome"], expected, "what is blocked is not paid out: {residence}: {redeemed}");
    }
    // By ISO 3166-2: Crimea and Sevastopol, the oblasts of which parts are occupied, and others.
    for (region, expected) in [
        ("UA-43", "deny"),
        ("UA-40", "deny"),
        ("UA-14", "review"),
        ("UA-09", "review"),
        ("UA-30", "allow"),
        ("UA-63", "allow"),
    ] {
        for base in [person as fn(Value) -> Value, company] {
            let id = investor(env, &tenant, &base(json!({"residence": "UA", "region": region})));
            let check = ask(env, &tenant, &amount(&id, &class, "subscribe", "100", "USD"));
            assert_eq!(check["outcome"], expected, "{region}: {check}");
        }
    }
    let dates = "select count(*) from compliance_rule_review where rule_id like 'jurisdiction.%' and next_review_on > reviewed_on";
    assert!(control.database().admin().query_one(dates, &[]).unwrap().get::<_, i64>(0) >= 3);
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table of cases")]
fn accredited_investors_are_verified_as_the_text_has_it() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes holdings into the database") };
    let tenant = env.institution();
    let class = Class::new(control, "USD", &["us-506c"], "1000");
    let by = |evidence: &str, issued_on: NaiveDate| {
        shown("us_accredited", evidence, issued_on.to_string(), &json!({}))
    };
    let day = |days| today() - Duration::days(days);
    let held_for_ninety_days = |issued_on: NaiveDate| {
        let until = (issued_on + Duration::days(90)).to_string();
        changed(by("third_party_letter", issued_on), json!({ "expires_on": until }))
    };
    for (what, base, evidence, value, expected) in [
        (
            "a letter of three months",
            person as fn(Value) -> Value,
            json!([by("third_party_letter", months_ago(3))]),
            "1000",
            "allow",
        ),
        (
            "a letter of three months and a day",
            person,
            json!([by("third_party_letter", months_ago(3) - Duration::days(1))]),
            "1000",
            "deny",
        ),
        ("tax forms of last spring", person, json!([by("tax_statement", day(200))]), "1000", "allow"),
        ("tax forms of the year before", person, json!([by("tax_statement", day(400))]), "1000", "deny"),
        ("statements of four months", person, json!([by("asset_statement", day(125))]), "1000", "deny"),
        (
            "statements of a company's last year",
            company,
            json!([by("financial_statements", day(400))]),
            "1000",
            "allow",
        ),
        ("a company by its tax forms", company, json!([by("tax_statement", day(10))]), "1000", "deny"),
        ("a word alone", person, json!([by("written_representation", day(1))]), "199999.99", "deny"),
        (
            "a company that was verified four years ago, with a word of today",
            company,
            json!([by("third_party_letter", months_ago(48)), by("written_representation", day(1))]),
            "1000",
            "deny",
        ),
        (
            "a person's own accounts, with a word of today",
            person,
            json!([by("financial_statements", day(10)), by("written_representation", day(1))]),
            "1000",
            "deny",
        ),
        (
            "by a letter that held for 90 days four years ago, with a word of today",
            person,
            json!([held_for_ninety_days(months_ago(48)), by("written_representation", day(1))]),
            "1000",
            "allow",
        ),
        (
            "by a letter that held for 90 days, alone",
            person,
            json!([held_for_ninety_days(today() - Duration::days(91))]),
            "1000",
            "deny",
        ),
        (
            "a word, and a high minimum",
            person,
            json!([by("written_representation", day(1))]),
            "200000",
            "allow",
        ),
        (
            "a company's word, and the minimum of a person",
            company,
            json!([by("written_representation", day(1))]),
            "200000",
            "deny",
        ),
        (
            "verified four years ago, with a word of today",
            person,
            json!([by("third_party_letter", months_ago(48)), by("written_representation", day(1))]),
            "1000",
            "allow",
        ),
        (
            "verified four years ago, with an old word",
            person,
            json!([by("third_party_letter", months_ago(48)), by("written_representation", day(200))]),
            "1000",
            "deny",
        ),
        (
            "verified six years ago, with a word of today",
            person,
            json!([by("third_party_letter", months_ago(72)), by("written_representation", day(1))]),
            "1000",
            "deny",
        ),
    ] {
        let id = investor(env, &tenant, &base(json!({"classifications": evidence})));
        let check = ask(env, &tenant, &amount(&id, &class, "subscribe", value, "USD"));
        assert_eq!(outcomes(&check)["us.506c.accredited"], expected, "{what}: {check}");
    }
    let holder = person(json!({"classifications": [by("written_representation", day(1))]}));
    let holder = investor(env, &tenant, &holder);
    lot(control, &tenant, &holder, &class, "150", 10);
    let check = ask(env, &tenant, &amount(&holder, &class, "subscribe", "50000", "USD"));
    assert_eq!(outcomes(&check)["us.506c.accredited"], "allow", "150,000 are held: {check}");
}

#[test]
fn a_qualified_purchaser_may_be_a_company_of_one_family() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes a share class into the database") };
    let tenant = env.institution();
    let class = Class::new(control, "USD", &["us-3c7"], "10");
    let worth = |usd: &str| json!({ "investments_usd": usd });
    let securities = json!({"securities_usd": "100000000"});
    for (what, base, evidence, expected) in [
        (
            "a family company of five millions",
            company as fn(Value) -> Value,
            shown("us_family_company", "third_party_letter", days_ago(1), &worth("5000000")),
            "allow",
        ),
        (
            "one of less",
            company,
            shown("us_family_company", "third_party_letter", days_ago(1), &worth("4999999")),
            "deny",
        ),
        (
            "a person as a family company",
            person,
            shown("us_family_company", "third_party_letter", days_ago(1), &worth("9000000")),
            "deny",
        ),
        (
            "a company of five millions may be one of a family",
            company,
            shown("us_qualified_purchaser", "third_party_letter", days_ago(1), &worth("5000000")),
            "review",
        ),
        (
            "a company of twenty-five",
            company,
            shown("us_qualified_purchaser", "third_party_letter", days_ago(1), &worth("25000000")),
            "allow",
        ),
        (
            "a person of five",
            person,
            shown("us_qualified_purchaser", "asset_statement", days_ago(1), &worth("5000000")),
            "allow",
        ),
        (
            "a person who says so",
            person,
            shown("us_qualified_purchaser", "written_representation", days_ago(1), &worth("5000000")),
            "deny",
        ),
        (
            "an institution",
            company,
            shown("us_qualified_institutional_buyer", "financial_statements", days_ago(400), &securities),
            "allow",
        ),
        (
            "a person as an institution",
            person,
            shown("us_qualified_institutional_buyer", "financial_statements", days_ago(1), &securities),
            "deny",
        ),
    ] {
        let id = investor(env, &tenant, &base(json!({"classifications": [evidence]})));
        let check = ask(env, &tenant, &amount(&id, &class, "subscribe", "100", "USD"));
        assert_eq!(outcomes(&check)["us.3c7.qualified_purchaser"], expected, "{what}: {check}");
    }
}

#[test]
fn an_institution_shows_its_securities_as_of_a_date_that_the_rule_names() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes a share class into the database") };
    let tenant = env.institution();
    let class = Class::new(control, "USD", &["us-144a"], "10");
    let american = |change: Value| changed(company(json!({"residence": "US"})), change);
    let one_day = Duration::days(1);
    for (what, base, evidence, issued_on, expected) in [
        ("of 16 months", american as fn(Value) -> Value, "financial_statements", months_ago(16), "allow"),
        ("a day more", american, "financial_statements", months_ago(16) - one_day, "deny"),
        ("of 18 months, abroad", company, "financial_statements", months_ago(18), "allow"),
        ("a day more, abroad", company, "financial_statements", months_ago(18) - one_day, "deny"),
        ("certified by an officer", american, "written_representation", months_ago(11), "allow"),
        ("certified last year", american, "written_representation", months_ago(13), "deny"),
        ("a person", person, "financial_statements", months_ago(1), "deny"),
    ] {
        let securities = json!({"securities_usd": "100000000"});
        let shown = shown("us_qualified_institutional_buyer", evidence, issued_on.to_string(), &securities);
        let id = investor(env, &tenant, &base(json!({"classifications": [shown]})));
        let check = ask(env, &tenant, &amount(&id, &class, "subscribe", "100", "USD"));
        assert_eq!(outcomes(&check)["us.144a.qualified_institutional_buyer"], expected, "{what}: {check}");
    }
}

#[test]
fn a_document_that_names_no_country_does_not_say_that_its_bearer_is_no_russian() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes a share class into the database") };
    let tenant = env.institution();
    let class = Class::new(control, "EUR", &["sanctions"], "10");
    let permit = json!([{"country": "DE", "kind": "temporary", "expires_on": days_ago(-300)}]);
    for (what, change, expected) in [
        ("stateless", json!({"nationalities": ["XXA"]}), "allow"),
        ("a refugee", json!({"nationalities": ["XXB"]}), "review"),
        ("unspecified", json!({"nationalities": ["XXX"]}), "review"),
        ("a refugee whose country is known", json!({"nationalities": ["XXB", "SY"]}), "allow"),
        ("a refugee from Russia", json!({"nationalities": ["XXB", "RU"]}), "deny"),
        ("a refugee with a permit", json!({"nationalities": ["XXB"], "permits": permit}), "allow"),
    ] {
        let id = investor(env, &tenant, &person(change));
        let check = ask(env, &tenant, &amount(&id, &class, "subscribe", "100", "EUR"));
        assert_eq!(outcomes(&check)["eu.833_2014.article_5f"], expected, "{what}: {check}");
    }
}

#[test]
fn evidence_that_was_replaced_makes_nobody_accredited_in_the_count_of_others() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes holdings into the database") };
    let tenant = env.institution();
    let code = own_rule(
        control,
        "holder_limit",
        r#"{"counts": "class_not_accredited", "limit": 1, "warn_from": 2}"#,
    );
    let rule = format!("test.{}", code.replace('-', "_"));
    let class = Class::new(control, "USD", &[&code], "10");
    let letter = |issued_on: i64, expires_on: Option<i64>| {
        let letter = shown("us_accredited", "third_party_letter", days_ago(issued_on), &json!({}));
        changed(letter, json!({"expires_on": expires_on.map(days_ago)}))
    };
    let newcomer = investor(env, &tenant, &person(json!({})));
    let ask_newcomer = || {
        let check = ask(env, &tenant, &amount(&newcomer, &class, "subscribe", "100", "USD"));
        outcomes(&check)[rule.as_str()].to_owned()
    };
    let holder = investor(env, &tenant, &person(json!({"classifications": [letter(60, None)]})));
    lot(control, &tenant, &holder, &class, "1", 50);
    assert_eq!(ask_newcomer(), "allow", "the holder is accredited: the newcomer is the first who is not");
    let path = format!("/v1/investors/{holder}/classifications");
    env.post(&path).token(&tenant).json(&letter(40, Some(10))).send().expect(201);
    assert_eq!(ask_newcomer(), "allow", "nobody has approved the other letter: {rule}");
    env.approve_classifications(&tenant, &holder);
    assert_eq!(ask_newcomer(), "deny", "by the letter that counts, the holder no longer is: {rule}");
}

#[test]
fn who_manages_the_fund_is_no_part_of_the_whole_that_benefit_plans_are_a_part_of() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes holdings into the database") };
    let tenant = env.institution();
    let class = Class::new(control, "USD", &["us-erisa"], "10");
    let sql = format!("select fund_id::text from share_class where id = '{}'", class.id);
    let fund: String = control.database().admin().query_one(sql.as_str(), &[]).expect("a fund").get(0);
    let holder = |change: Value, units: &str| {
        let id = investor(env, &tenant, &person(change));
        lot(control, &tenant, &id, &class, units, 10);
        id
    };
    let plan = holder(json!({"benefit_plan": true}), "20");
    let others = holder(json!({}), "60");
    let manager = holder(json!({}), "20");
    let said = |id: &str, side: &str, count: &str| {
        let check = ask(env, &tenant, &units(id, &class, side, count));
        outcomes(&check)["us.erisa.benefit_plans"].to_owned()
    };
    assert_eq!(said(&plan, "subscribe", "1"), "allow", "21 of 101");
    let says = |funds: Value| {
        env.patch(&format!("/v1/investors/{manager}"))
            .token(&tenant)
            .header("if-match", "*")
            .json(&json!({ "manages_funds": funds }))
            .send()
            .expect(200)
    };
    let read = says(json!([fund]));
    assert_eq!((&read["kyc"]["stale"], &read["manages_funds"]), (&json!(false), &json!([fund])));
    assert_eq!(said(&plan, "subscribe", "1"), "review", "21 of 81 without the manager's");
    assert_eq!(said(&manager, "redeem", "20"), "allow", "what does not count may go");
    assert_eq!(said(&others, "redeem", "1"), "review", "20 of 79");
    assert_eq!(said(&plan, "redeem", "1"), "allow");
    says(json!([uuid::Uuid::now_v7()]));
    assert_eq!(said(&plan, "subscribe", "1"), "allow", "who manages another fund counts");
}

#[test]
fn an_organisation_of_a_tenth_of_a_private_fund_is_for_a_person_and_so_is_whoever_joins_it_there() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes holdings into the database") };
    let tenant = env.institution();
    let class = Class::new(control, "USD", &["us-3c1"], "10");
    let holders: Vec<String> = (0..2).map(|_| investor(env, &tenant, &person(json!({})))).collect();
    for holder in &holders {
        lot(control, &tenant, holder, &class, "450", 10);
    }
    let said = |id: &str, count: &str| {
        let check = ask(env, &tenant, &units(id, &class, "subscribe", count));
        outcomes(&check)["us.3c1.holders"].to_owned()
    };
    let organisation = investor(env, &tenant, &company(json!({})));
    let newcomer = investor(env, &tenant, &person(json!({})));
    assert_eq!(said(&organisation, "99"), "allow", "less than a tenth");
    assert_eq!(said(&organisation, "100"), "review", "a tenth: its holders may count");
    assert_eq!(said(&newcomer, "100"), "allow");
    lot(control, &tenant, &organisation, &class, "100", 10);
    assert_eq!(said(&newcomer, "101"), "review", "how many stand behind the organisation nobody knows");
}

#[test]
fn article_1y_exempts_the_member_states_alone_and_article_5f_their_neighbours_too() {
    let env = shared();
    let Some(control) = env.control() else { return skip("writes a share class into the database") };
    let tenant = env.institution();
    let class = Class::new(control, "EUR", &["sanctions"], "10");
    let permit = |country: &str| json!([{"country": country, "kind": "permanent"}]);
    for (country, rule, elsewhere) in
        [("BY", "eu.765_2006.article_1y", "deny"), ("RU", "eu.833_2014.article_5f", "allow")]
    {
        for (what, change, expected) in [
            ("a national", json!({"nationalities": [country], "residence": "AE"}), "deny"),
            ("a resident", json!({"nationalities": ["AM"], "residence": country}), "deny"),
            ("a national of a Member State too", json!({"nationalities": [country, "PL"]}), "allow"),
            (
                "with a permit of a Member State",
                json!({"nationalities": [country], "permits": permit("DE")}),
                "allow",
            ),
            ("a national of Norway too", json!({"nationalities": [country, "NO"]}), elsewhere),
            ("with a Swiss permit", json!({"nationalities": [country], "permits": permit("CH")}), elsewhere),
        ] {
            let id = investor(env, &tenant, &person(change));
            let check = ask(env, &tenant, &amount(&id, &class, "subscribe", "100", "EUR"));
            assert_eq!(outcomes(&check)[rule], expected, "{country}: {what}: {check}");
        }
    }
}
