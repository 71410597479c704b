-- Rule sets and rules, each with the law or document that it comes from. `docs/compliance.md` explains them. They are for
-- building on: what binds a fund is for its counsel to say, who changes these rows, not the code.
--
-- A change of content is a new version with its own dates; decisions keep the version that they were made by.

insert into rule_set (code, title, description, binds_all) values
    ('platform', 'Every order', 'Identity, wallet, terms of the share class: what every order has to meet.', true),
    ('sanctions', 'Sanctions', 'Screening against sanctions lists, and the European prohibitions on selling securities to nationals and residents of Russia and Belarus.', false),
    ('us-506b', 'Regulation D 506(b)', 'Private placement without advertising: accredited investors and at most 35 others.', false),
    ('us-506c', 'Regulation D 506(c)', 'Private placement that may be advertised: verified accredited investors alone; restricted securities.', false),
    ('us-3c1', 'Investment Company Act 3(c)(1)', 'At most 100 beneficial owners.', false),
    ('us-3c7', 'Investment Company Act 3(c)(7)', 'Qualified purchasers alone; fewer holders than make a company register its shares.', false),
    ('us-144a', 'Rule 144A', 'Qualified institutional buyers alone.', false),
    ('us-erisa', 'ERISA 3(42)', 'Benefit plans below a quarter of the class.', false),
    ('reg-s-1', 'Regulation S, category 1', 'Offshore, of foreign issuers without a substantial market in the United States: no US persons, and no distribution compliance period.', false),
    ('reg-s-2', 'Regulation S, category 2', 'Offshore, equity of foreign issuers that report to the SEC, and debt of those that report or are foreign: no US persons, and forty days.', false),
    ('reg-s-3', 'Regulation S, category 3', 'Offshore, equity of issuers of the United States that do not report to the SEC: no US persons, a year, and restricted securities.', false),
    ('reg-s-3-reporting', 'Regulation S, category 3, reporting issuers', 'Offshore, equity of issuers of the United States that report to the SEC: no US persons, six months, and restricted securities.', false),
    ('reg-s-3-debt', 'Regulation S, category 3, debt', 'Offshore, debt of issuers of the United States that do not report to the SEC: no US persons, and forty days.', false),
    ('mifid-professional', 'MiFID II professional clients', 'Professional investors alone, as the AIFMD marketing passport wants it.', false),
    ('lux-raif', 'Luxembourg well-informed investors', 'Reserved alternative investment funds, SIF and SICAR: well-informed investors alone.', false),
    ('retail-priips', 'Retail with a key information document', 'Retail investors who have received the key information document.', false),
    ('concentration-25', 'No holder above 25 %', 'Nobody holds more than a quarter of the class without a word with the fund.', false),
    ('lock-up-12m', 'Lock-up of twelve months', 'No lot is redeemed within twelve months.', false)
on conflict (code) do update set title = excluded.title, description = excluded.description, binds_all = excluded.binds_all;

insert into compliance_rule (id, version, source, applies_to, predicate, params, effective_from, effective_to, evidence,
    evidence_max_age_days, on_fail, message)
values
    -- Every order
    ('class.takes_orders', 1, 'Fund documents', '{subscribe,transfer,redeem}',
     'class_takes_orders', '{}', '2020-01-01Z', null, '{}', null, 'deny',
     'The share class does not take this order'),
    ('class.minimum_subscription', 1, 'Fund documents', '{subscribe}',
     'minimum_subscription', '{}', '2020-01-01Z', null, '{}', null, 'deny',
     'The order is below the minimum of the share class'),
    ('holding.covers_order', 1, 'Fund documents', '{transfer,redeem}',
     'holds_enough', '{}', '2020-01-01Z', null, '{}', null, 'deny',
     'The investor holds less than the order is for'),
    ('identity.kyc_current', 1, 'Directive (EU) 2015/849, Articles 13 and 14(5); 31 CFR 1024.220', '{subscribe,transfer,redeem}',
     'kyc_current', '{}', '2020-01-01Z', '2026-11-25Z', '{}', 730, 'deny',
     'The identity of the investor has to be verified'),
    ('identity.beneficial_owners', 1, '31 CFR 1010.230; Directive (EU) 2015/849, Article 3(6)', '{subscribe}',
     'beneficial_owners_identified', '{"percent": "25"}', '2020-01-01Z', '2026-11-25Z', '{}', null, 'review',
     'Owners of 25 % or more have to be identified'),
    ('identity.wallet_verified', 1, 'ERC-3643, isVerified', '{subscribe}',
     'wallet_verified', '{}', '2020-01-01Z', null, '{}', null, 'review',
     'The investor has to prove control of a wallet that can receive the token'),
    ('jurisdiction.blocked', 1, 'FATF, High-Risk Jurisdictions subject to a Call for Action', '{subscribe}',
     'not', '{"of": {"resident_in": {"areas": ["KP", "IR", "MM"]}}}', '2022-10-21Z', '2026-11-25Z', '{}', null, 'deny',
     'Investors of this jurisdiction are not admitted'),

    -- Sanctions
    ('sanctions.screening', 1, '31 CFR chapter V (OFAC) with the 50 % rule of 2014-08-13; Regulation (EU) 269/2014, Article 2', '{subscribe,transfer,redeem}',
     'screening_clear', '{}', '2020-01-01Z', null, '{}', 30, 'deny',
     'A screening of the last 30 days against sanctions lists has to be clear'),
    ('eu.833_2014.article_5f', 1, 'Regulation (EU) 833/2014, Article 5f', '{subscribe}',
     'no_tie_to', '{"country": "RU", "exempt": ["EEA", "CH"]}', '2022-04-12Z', null, '{}', null, 'deny',
     'Not to be sold to Russian nationals, residents and entities'),
    ('eu.765_2006.article_1y', 1, 'Regulation (EC) 765/2006, Article 1y, inserted by Regulation (EU) 2022/398', '{subscribe}',
     'no_tie_to', '{"country": "BY", "exempt": ["EEA", "CH"]}', '2022-04-12Z', '2026-11-25Z', '{}', null, 'deny',
     'Not to be sold to Belarusian nationals, residents and entities'),

    -- United States
    ('us.506c.accredited', 1, 'Regulation D, 17 CFR 230.506(c)(2)(ii) and 230.501(a)', '{subscribe}',
     'classified', '{"any_of": ["us_accredited"]}', '2013-09-23Z', '2025-03-12Z',
     '{third_party_letter,tax_statement,asset_statement,financial_statements,regulatory_register}', 90, 'deny',
     'Only verified accredited investors'),
    ('us.506c.accredited', 2, 'Regulation D, 17 CFR 230.506(c)(2)(ii) and 230.501(a); SEC staff letter of 2025-03-12', '{subscribe}',
     'any', '{"of": [
        {"classified": {"any_of": ["us_accredited"]}},
        {"all": {"of": [
            {"order_at_least": {"currency": "USD", "natural": "200000", "legal": "1000000"}},
            {"classified": {"any_of": ["us_accredited"], "evidence": ["written_representation"]}}]}}]}',
     '2025-03-12Z', '2026-11-25Z',
     '{third_party_letter,tax_statement,asset_statement,financial_statements,regulatory_register}', 90, 'deny',
     'Only verified accredited investors'),
    ('us.144.holding_period', 1, '17 CFR 230.144(d)(1)(ii)', '{transfer}',
     'holding_period', '{"period": {"months": 12}}', '2008-02-15Z', null, '{}', null, 'deny',
     'Restricted securities are held for a year'),
    ('us.12g.holders', 1, 'Securities Exchange Act 12(g)(1)(A)', '{subscribe}',
     'all', '{"of": [
        {"holder_limit": {"counts": "class", "limit": 1999, "warn_from": 1900}},
        {"holder_limit": {"counts": "class_not_accredited", "limit": 499, "warn_from": 450}}]}',
     '2012-04-05Z', '2026-11-25Z', '{}', null, 'deny',
     'So many holders would have to be registered with the SEC'),
    ('us.506b.not_accredited', 1, 'Regulation D, 17 CFR 230.506(b)(2)(i)', '{subscribe}',
     'any', '{"of": [
        {"classified": {"any_of": ["us_accredited"]}},
        {"holder_limit": {"counts": "class_not_accredited", "limit": 35, "warn_from": 30}}]}',
     '2020-01-01Z', '2026-11-25Z', '{}', 365, 'deny',
     'At most 35 purchasers are not accredited investors'),
    ('us.3c1.holders', 1, 'Investment Company Act 3(c)(1)', '{subscribe}',
     'holder_limit', '{"counts": "fund", "limit": 100, "warn_from": 90}', '2020-01-01Z', '2026-12-01Z', '{}', null, 'deny',
     'The fund may have 100 beneficial owners'),
    ('us.3c7.qualified_purchaser', 1, 'Investment Company Act 3(c)(7) and 2(a)(51)(A); 17 CFR 270.2a51-1', '{subscribe}',
     'any', '{"of": [
        {"all": {"of": [
            {"person_kind": {"is": "natural"}},
            {"figures": {"any_of": ["us_qualified_purchaser"], "at_least": 1,
                "of": [{"figure": "investments_usd", "amount": "5000000"}]}}]}},
        {"all": {"of": [
            {"person_kind": {"is": "legal"}},
            {"figures": {"any_of": ["us_qualified_purchaser"], "at_least": 1,
                "of": [{"figure": "investments_usd", "amount": "25000000"}]}}]}},
        {"figures": {"any_of": ["us_qualified_institutional_buyer"], "at_least": 1,
            "of": [{"figure": "securities_usd", "amount": "100000000"}]}}]}',
     '2020-01-01Z', '2026-11-25Z', '{}', 365, 'deny',
     'Only qualified purchasers'),
    ('us.144a.qualified_institutional_buyer', 1, '17 CFR 230.144A(a)(1)(i) and (d)(1)', '{subscribe}',
     'figures', '{"any_of": ["us_qualified_institutional_buyer"], "at_least": 1,
        "of": [{"figure": "securities_usd", "amount": "100000000"}]}',
     '2020-01-01Z', '2026-11-25Z', '{}', 486, 'deny',
     'Only qualified institutional buyers'),
    ('us.erisa.benefit_plans', 1, 'ERISA 3(42); 29 CFR 2510.3-101(f)', '{subscribe,transfer,redeem}',
     'benefit_plans_below', '{"percent": "25"}', '2020-01-01Z', null, '{}', null, 'review',
     'Benefit plans have to stay below 25 % of the class'),

    -- Offshore
    ('us.reg_s.not_us_person', 1, 'Regulation S, 17 CFR 230.902(k) and 230.903', '{subscribe}',
     'not_us_person', '{}', '2020-01-01Z', null, '{}', null, 'deny',
     'Not offered to US persons'),
    ('us.reg_s.distribution_compliance', 1, 'Regulation S, 17 CFR 230.903(b)(2)', '{transfer}',
     'holding_period', '{"period": {"days": 40}}', '2020-01-01Z', '2026-11-25Z', '{}', null, 'review',
     'Within the distribution compliance period shares may pass to persons outside the United States alone'),

    -- European Union
    ('eu.mifid.professional', 1, 'Directive 2014/65/EU, Annex II and Article 30; Directive 2011/61/EU, Articles 31 and 43', '{subscribe}',
     'any', '{"of": [
        {"classified": {"any_of": ["mifid_professional", "mifid_eligible_counterparty"],
            "evidence": ["regulatory_register", "third_party_letter"]}},
        {"figures": {"any_of": ["mifid_professional"], "at_least": 2, "of": [
            {"figure": "balance_sheet_eur", "amount": "20000000"},
            {"figure": "turnover_eur", "amount": "40000000"},
            {"figure": "own_funds_eur", "amount": "2000000"}]}},
        {"figures": {"any_of": ["mifid_professional_elective"], "at_least": 2, "of": [
            {"figure": "trades_per_quarter", "amount": "10"},
            {"figure": "portfolio_eur", "amount": "500000", "exceed": true},
            {"figure": "sector_months", "amount": "12"}]}}]}',
     '2018-01-03Z', '2026-11-25Z', '{}', 1095, 'deny',
     'Only professional investors'),
    ('lu.raif.well_informed', 1, 'Luxembourg law of 23 July 2016, Article 2', '{subscribe}',
     'any', '{"of": [
        {"classified": {"any_of": ["mifid_professional", "mifid_professional_elective", "mifid_eligible_counterparty"]}},
        {"classified": {"any_of": ["lux_well_informed"], "evidence": ["firm_assessment"]}},
        {"all": {"of": [
            {"order_at_least": {"currency": "EUR", "natural": "125000", "legal": "125000"}},
            {"document_acknowledged": {"document": "well_informed_confirmation"}}]}}]}',
     '2016-08-01Z', '2023-07-28Z', '{}', 1095, 'deny',
     'Only well-informed investors'),
    ('lu.raif.well_informed', 2, 'Luxembourg law of 23 July 2016, Article 2, as changed by the law of 21 July 2023', '{subscribe}',
     'any', '{"of": [
        {"classified": {"any_of": ["mifid_professional", "mifid_professional_elective", "mifid_eligible_counterparty"]}},
        {"classified": {"any_of": ["lux_well_informed"], "evidence": ["firm_assessment"]}},
        {"all": {"of": [
            {"order_at_least": {"currency": "EUR", "natural": "100000", "legal": "100000"}},
            {"document_acknowledged": {"document": "well_informed_confirmation"}}]}}]}',
     '2023-07-28Z', '2026-11-25Z', '{}', 1095, 'deny',
     'Only well-informed investors'),
    ('eu.priips.key_information', 1, 'Regulation (EU) 1286/2014, Article 13(1)', '{subscribe}',
     'any', '{"of": [
        {"classified": {"any_of": ["mifid_professional", "mifid_professional_elective", "mifid_eligible_counterparty"]}},
        {"document_acknowledged": {"document": "kid"}}]}',
     '2018-01-01Z', '2026-11-25Z', '{}', 1095, 'deny',
     'A retail investor has to have received the key information document'),

    -- Terms that some funds have
    ('fund.concentration', 1, 'Fund documents', '{subscribe}',
     'maximum_holding', '{"percent": "25"}', '2020-01-01Z', null, '{}', null, 'review',
     'A holder of more than 25 % of the class needs the consent of the fund'),
    ('fund.lock_up', 1, 'Fund documents', '{redeem}',
     'holding_period', '{"period": {"months": 12}}', '2020-01-01Z', null, '{}', null, 'deny',
     'Shares are locked up for twelve months')
on conflict (id, version) do update set
    source = excluded.source, applies_to = excluded.applies_to, predicate = excluded.predicate, params = excluded.params,
    effective_from = excluded.effective_from, effective_to = excluded.effective_to, evidence = excluded.evidence,
    evidence_max_age_days = excluded.evidence_max_age_days, on_fail = excluded.on_fail, message = excluded.message;

-- The versions in force since they measure by net asset value, by calendar months and by the evidence that each law accepts, and of
-- whom. A natural person is a professional by what a firm has assessed, never by what they say of themselves.
with professional (predicate) as (values ('{"any": {"of": [
        {"all": {"of": [
            {"person_kind": {"is": "legal"}},
            {"classified": {"any_of": ["mifid_professional", "mifid_eligible_counterparty"],
                "evidence": ["regulatory_register", "third_party_letter"]}}]}},
        {"all": {"of": [
            {"person_kind": {"is": "legal"}},
            {"figures": {"any_of": ["mifid_professional"], "at_least": 2,
                "evidence": ["financial_statements", "regulatory_register", "third_party_letter"], "of": [
                {"figure": "balance_sheet_eur", "amount": "20000000"},
                {"figure": "turnover_eur", "amount": "40000000"},
                {"figure": "own_funds_eur", "amount": "2000000"}]}}]}},
        {"figures": {"any_of": ["mifid_professional_elective"], "at_least": 2, "evidence": ["firm_assessment"], "of": [
            {"figure": "trades_per_quarter", "amount": "10"},
            {"figure": "portfolio_eur", "amount": "500000", "exceed": true},
            {"figure": "sector_months", "amount": "12"}]}}]}}'::jsonb))
insert into compliance_rule (id, version, source, applies_to, predicate, params, effective_from, effective_to, evidence,
    evidence_max_age_months, evidence_max_age_days, on_fail, message)
values
    ('identity.kyc_current', 2, 'Directive (EU) 2015/849, Articles 13 and 14(5); 31 CFR 1024.220', '{subscribe,transfer,redeem}',
     'kyc_current', '{}', '2026-11-25Z', '2026-12-01Z', '{}', 24, null, 'deny',
     'The identity of the investor has to be verified'),
    ('identity.kyc_current', 3, 'Directive (EU) 2015/849, Articles 13 and 14(5); 31 CFR 1024.220', '{subscribe,transfer,redeem}',
     'kyc_approved', '{}', '2026-12-01Z', null, '{}', null, null, 'deny',
     'A second person has to have approved the KYC file of the investor'),
    ('identity.beneficial_owners', 2, '31 CFR 1010.230(d)(1) and (2); Directive (EU) 2015/849, Article 3(6)', '{subscribe}',
     'beneficial_owners_identified', '{"percent": "25"}', '2026-11-25Z', null, '{}', null, null, 'review',
     'Owners of 25 % or more, and somebody who controls the investor, have to be identified'),
    ('jurisdiction.blocked', 2, '31 CFR 510, 515 and 560 (OFAC); FATF, call for countermeasures', '{subscribe,transfer,redeem}',
     'not', '{"of": {"resident_in": {"areas": ["CU", "IR", "KP"]}}}', '2026-11-25Z', null, '{}', null, null, 'deny',
     'Investors of this jurisdiction are not admitted'),
    ('jurisdiction.embargoed_regions', 1, 'Executive Orders 13685 and 14065; 31 CFR 589 (OFAC)', '{subscribe,transfer,redeem}',
     'not', '{"of": {"resident_in": {"areas": ["UA"]}}}', '2026-11-25Z', '2026-11-30Z', '{}', null, null, 'review',
     'The address must not lie in Crimea, Sevastopol, or the occupied regions of Donetsk and Luhansk'),
    ('jurisdiction.embargoed_regions', 2, 'Executive Order 13685; 31 CFR 589 (OFAC)', '{subscribe,transfer,redeem}',
     'not', '{"of": {"region_in": {"regions": ["UA-43", "UA-40"]}}}', '2026-11-30Z', null, '{}', null, null, 'deny',
     'The address must not lie in Crimea or Sevastopol'),
    -- Of these two regions the order embargoes what is occupied, which a person has to look up.
    ('jurisdiction.occupied_regions', 1, 'Executive Order 14065; 31 CFR 589 (OFAC)', '{subscribe,transfer,redeem}',
     'not', '{"of": {"region_in": {"regions": ["UA-14", "UA-09"]}}}', '2026-11-30Z', null, '{}', null, null, 'review',
     'The address must not lie in the occupied parts of Donetsk and Luhansk'),
    ('jurisdiction.enhanced_due_diligence', 1, 'FATF, call for enhanced due diligence', '{subscribe}',
     'not', '{"of": {"resident_in": {"areas": ["MM"]}}}', '2026-11-25Z', null, '{}', null, null, 'review',
     'Investors of this jurisdiction need enhanced due diligence'),
    ('eu.765_2006.article_1y', 2, 'Regulation (EC) 765/2006, Article 1y(1) and (2)', '{subscribe}',
     'no_tie_to', '{"country": "BY", "exempt": ["EU"]}', '2026-11-25Z', null, '{}', null, null, 'deny',
     'Not to be sold to Belarusian nationals, residents and entities'),

    ('us.506c.accredited', 3, 'Regulation D, 17 CFR 230.506(c)(2)(ii)(A) to (E) and 230.501(a); SEC staff letter of 2025-03-12', '{subscribe}',
     'any', '{"of": [
        {"classified": {"any_of": ["us_accredited"], "evidence": ["third_party_letter", "asset_statement"]}},
        {"classified": {"any_of": ["us_accredited"], "evidence": ["tax_statement"], "max_age_months": 12}},
        {"classified": {"any_of": ["us_accredited"], "evidence": ["regulatory_register"], "max_age_months": 12}},
        {"all": {"of": [
            {"person_kind": {"is": "legal"}},
            {"classified": {"any_of": ["us_accredited"], "evidence": ["financial_statements"], "max_age_months": 16}}]}},
        {"all": {"of": [
            {"invested_at_least": {"currency": "USD", "natural": "200000", "legal": "1000000"}},
            {"classified": {"any_of": ["us_accredited"], "evidence": ["written_representation"]}}]}},
        {"all": {"of": [
            {"classified": {"any_of": ["us_accredited"], "max_age_months": 60}},
            {"classified": {"any_of": ["us_accredited"], "evidence": ["written_representation"]}}]}}]}',
     '2026-11-25Z', '2026-11-30Z',
     '{third_party_letter,tax_statement,asset_statement,financial_statements,regulatory_register}', 3, null, 'deny',
     'Only verified accredited investors'),
    -- Income, and what was verified before, are ways of verifying a natural person; and what was verified before was so by one of the
    -- ways of this paragraph, not by what would not do by itself.
    ('us.506c.accredited', 4, 'Regulation D, 17 CFR 230.506(c)(2)(ii)(A) to (E) and 230.501(a); SEC staff letter of 2025-03-12', '{subscribe}',
     'any', '{"of": [
        {"classified": {"any_of": ["us_accredited"], "evidence": ["third_party_letter", "asset_statement"]}},
        {"all": {"of": [
            {"person_kind": {"is": "natural"}},
            {"classified": {"any_of": ["us_accredited"], "evidence": ["tax_statement"], "max_age_months": 12}}]}},
        {"classified": {"any_of": ["us_accredited"], "evidence": ["regulatory_register"], "max_age_months": 12}},
        {"all": {"of": [
            {"person_kind": {"is": "legal"}},
            {"classified": {"any_of": ["us_accredited"], "evidence": ["financial_statements"], "max_age_months": 16}}]}},
        {"all": {"of": [
            {"invested_at_least": {"currency": "USD", "natural": "200000", "legal": "1000000"}},
            {"classified": {"any_of": ["us_accredited"], "evidence": ["written_representation"]}}]}},
        {"all": {"of": [
            {"person_kind": {"is": "natural"}},
            {"classified": {"any_of": ["us_accredited"],
                "evidence": ["third_party_letter", "tax_statement", "asset_statement"], "max_age_months": 60,
                "even_expired": true}},
            {"classified": {"any_of": ["us_accredited"], "evidence": ["written_representation"]}}]}}]}',
     '2026-11-30Z', null,
     '{third_party_letter,tax_statement,asset_statement,financial_statements,regulatory_register}', 3, null, 'deny',
     'Only verified accredited investors'),
    ('us.506b.not_accredited', 2, 'Regulation D, 17 CFR 230.506(b)(2)(i)', '{subscribe}',
     'any', '{"of": [
        {"classified": {"any_of": ["us_accredited"]}},
        {"holder_limit": {"counts": "issuer_purchasers_not_accredited", "limit": 35, "warn_from": 30}}]}',
     '2026-11-25Z', null,
     '{third_party_letter,tax_statement,asset_statement,financial_statements,regulatory_register,firm_assessment,written_representation}',
     12, null, 'deny',
     'At most 35 purchasers from the issuer within 90 days are not accredited investors'),
    ('us.144.holding_period_reporting', 1, '17 CFR 230.144(d)(1)(i)', '{transfer}',
     'holding_period', '{"period": {"months": 6}}', '2008-02-15Z', null, '{}', null, null, 'deny',
     'Restricted securities of a reporting issuer are held for six months'),
    ('us.12g.holders', 2, 'Securities Exchange Act 12(g)(1)(A)', '{subscribe}',
     'all', '{"of": [
        {"holder_limit": {"counts": "class", "limit": 1999, "warn_from": 1900}},
        {"holder_limit": {"counts": "class_not_accredited", "limit": 499, "warn_from": 450}}]}',
     '2026-11-25Z', null,
     '{third_party_letter,tax_statement,asset_statement,financial_statements,regulatory_register,firm_assessment,written_representation}',
     12, null, 'deny',
     'So many holders would have to be registered with the SEC'),
    ('us.3c1.holders', 2, 'Investment Company Act 3(c)(1) and 3(c)(1)(A)', '{subscribe}',
     'holder_limit', '{"counts": "fund", "limit": 100, "warn_from": 90, "look_through": true}', '2026-12-01Z', null, '{}', null, null,
     'deny',
     'The fund may have 100 beneficial owners'),
    ('us.3c7.qualified_purchaser', 2, 'Investment Company Act 3(c)(7) and 2(a)(51)(A); 17 CFR 270.2a51-1', '{subscribe}',
     'any', '{"of": [
        {"all": {"of": [
            {"person_kind": {"is": "natural"}},
            {"figures": {"any_of": ["us_qualified_purchaser"], "at_least": 1,
                "of": [{"figure": "investments_usd", "amount": "5000000"}]}}]}},
        {"all": {"of": [
            {"person_kind": {"is": "legal"}},
            {"figures": {"any_of": ["us_qualified_purchaser"], "at_least": 1,
                "of": [{"figure": "investments_usd", "amount": "25000000"}]}}]}},
        {"all": {"of": [
            {"person_kind": {"is": "legal"}},
            {"figures": {"any_of": ["us_family_company"], "at_least": 1,
                "of": [{"figure": "investments_usd", "amount": "5000000"}]}}]}},
        {"for_a_person": {"of": {"all": {"of": [
            {"person_kind": {"is": "legal"}},
            {"figures": {"any_of": ["us_qualified_purchaser"], "at_least": 1,
                "of": [{"figure": "investments_usd", "amount": "5000000"}]}}]}}}},
        {"all": {"of": [
            {"person_kind": {"is": "legal"}},
            {"figures": {"any_of": ["us_qualified_institutional_buyer"], "at_least": 1, "max_age_months": 16,
                "of": [{"figure": "securities_usd", "amount": "100000000"}]}}]}}]}',
     '2026-11-25Z', null, '{third_party_letter,asset_statement,financial_statements,regulatory_register,firm_assessment}', 12, null,
     'deny',
     'Only qualified purchasers'),
    ('us.144a.qualified_institutional_buyer', 2, '17 CFR 230.144A(a)(1)(i) and (d)(1)', '{subscribe}',
     'all', '{"of": [
        {"person_kind": {"is": "legal"}},
        {"any": {"of": [
            {"figures": {"any_of": ["us_qualified_institutional_buyer"], "at_least": 1,
                "of": [{"figure": "securities_usd", "amount": "100000000"}]}},
            {"all": {"of": [
                {"not": {"of": {"resident_in": {"areas": ["US+"]}}}},
                {"figures": {"any_of": ["us_qualified_institutional_buyer"], "at_least": 1, "max_age_months": 18,
                    "of": [{"figure": "securities_usd", "amount": "100000000"}]}}]}},
            {"figures": {"any_of": ["us_qualified_institutional_buyer"], "at_least": 1,
                "evidence": ["written_representation"], "max_age_months": 12,
                "of": [{"figure": "securities_usd", "amount": "100000000"}]}}]}}]}',
     '2026-11-25Z', null, '{financial_statements,regulatory_register,third_party_letter}', 16, null, 'deny',
     'Only qualified institutional buyers'),

    ('us.reg_s.distribution_compliance', 2, 'Regulation S, 17 CFR 230.903(b)(3)(iii)', '{transfer}',
     'holding_period', '{"period": {"months": 12}}', '2026-11-25Z', null, '{}', null, null, 'review',
     'Within the distribution compliance period of a year shares may pass to persons outside the United States alone'),
    ('us.reg_s.distribution_compliance_reporting', 1, 'Regulation S, 17 CFR 230.903(b)(3)(iii)', '{transfer}',
     'holding_period', '{"period": {"months": 6}}', '2020-01-01Z', null, '{}', null, null, 'review',
     'Within the distribution compliance period of six months shares may pass to persons outside the United States alone'),
    ('us.reg_s.distribution_compliance_40_days', 1, 'Regulation S, 17 CFR 230.903(b)(2)(ii) and (b)(3)(ii)', '{transfer}',
     'holding_period', '{"period": {"days": 40}}', '2020-01-01Z', null, '{}', null, null, 'review',
     'Within the distribution compliance period of forty days shares may pass to persons outside the United States alone'),

    ('eu.mifid.professional', 2, 'Directive 2014/65/EU, Annex II and Article 30; Directive 2011/61/EU, Articles 31 and 43', '{subscribe}',
     'any', (select predicate -> 'any' from professional), '2026-11-25Z', null,
     '{regulatory_register,third_party_letter,financial_statements,firm_assessment}', 36, null, 'deny',
     'Only professional investors'),
    ('lu.raif.well_informed', 3, 'Luxembourg law of 23 July 2016, Article 2(1), as changed by the law of 21 July 2023', '{subscribe}',
     'any', jsonb_build_object('of', jsonb_build_array(
        (select predicate from professional),
        '{"all": {"of": [
            {"document_acknowledged": {"document": "well_informed_confirmation"}},
            {"any": {"of": [
                {"invested_at_least": {"currency": "EUR", "natural": "100000", "legal": "100000"}},
                {"classified": {"any_of": ["lux_well_informed"], "evidence": ["firm_assessment"]}}]}}]}}'::jsonb)),
     '2026-11-25Z', '2026-11-30Z', '{regulatory_register,third_party_letter,financial_statements,firm_assessment}', 36, null, 'deny',
     'Only well-informed investors'),
    ('lu.raif.well_informed', 4, 'Luxembourg law of 23 July 2016, Article 2(1), as changed by the law of 21 July 2023', '{subscribe}',
     'any', jsonb_build_object('of', jsonb_build_array(
        (select predicate from professional),
        '{"all": {"of": [
            {"document_acknowledged": {"document": "well_informed_confirmation"}},
            {"any": {"of": [
                {"invested_at_least": {"currency": "EUR", "natural": "100000", "legal": "100000", "in_fund": true}},
                {"classified": {"any_of": ["lux_well_informed"], "evidence": ["firm_assessment"]}}]}}]}}'::jsonb)),
     '2026-11-30Z', null, '{regulatory_register,third_party_letter,financial_statements,firm_assessment}', 36, null, 'deny',
     'Only well-informed investors'),
    ('eu.priips.key_information', 2, 'Regulation (EU) 1286/2014, Articles 4(6) and 13(1)', '{subscribe}',
     'any', jsonb_build_object('of', jsonb_build_array(
        (select predicate from professional), '{"document_acknowledged": {"document": "kid"}}'::jsonb)),
     '2026-11-25Z', null, '{regulatory_register,third_party_letter,financial_statements,firm_assessment}', 36, null, 'deny',
     'A retail investor has to have received the key information document')
on conflict (id, version) do update set
    source = excluded.source, applies_to = excluded.applies_to, predicate = excluded.predicate, params = excluded.params,
    effective_from = excluded.effective_from, effective_to = excluded.effective_to, evidence = excluded.evidence,
    evidence_max_age_months = excluded.evidence_max_age_months, evidence_max_age_days = excluded.evidence_max_age_days,
    on_fail = excluded.on_fail, message = excluded.message;

-- What these list, others decide about. Compared with its sources on this day; the FATF meets in February, June and October, and
-- OFAC's programmes change when the President says so. After the second day what these rules allow is for a person, until
-- somebody has compared again and says so with a further row.
insert into compliance_rule_review (rule_id, rule_version, reviewed_on, next_review_on, source) values
    ('jurisdiction.blocked', 2, '2026-11-25', '2027-02-28',
     'OFAC programmes by 31 CFR 510 (North Korea), 515 (Cuba), 560 (Iran); 31 CFR 542 (Syria) ended on 2025-06-30 by Executive Order 14312. FATF, High-Risk Jurisdictions subject to a Call for Action, June 2026: countermeasures against Iran and North Korea.'),
    ('jurisdiction.embargoed_regions', 1, '2026-11-25', '2027-02-28',
     'Executive Order 13685 (Crimea) and 14065 (the so-called Donetsk and Luhansk People''s Republics).'),
    ('jurisdiction.embargoed_regions', 2, '2026-11-30', '2027-02-28',
     'Executive Order 13685: the Crimea region of Ukraine, which is UA-43 and UA-40 in ISO 3166-2.'),
    ('jurisdiction.occupied_regions', 1, '2026-11-30', '2027-02-28',
     'Executive Order 14065: the so-called Donetsk and Luhansk People''s Republics, which are parts of UA-14 and UA-09 in ISO 3166-2; no other region was determined under its section 1(a).'),
    ('jurisdiction.enhanced_due_diligence', 1, '2026-11-25', '2027-02-28',
     'FATF, High-Risk Jurisdictions subject to a Call for Action, June 2026: enhanced due diligence for Myanmar.'),
    ('jurisdiction.blocked', 2, '2026-12-01', '2027-02-28',
     'OFAC programmes as on 2026-11-25. FATF, call for action of the plenary of 17 to 19 June 2026, unchanged from February: countermeasures against Iran and North Korea. What the plenary of October 2026 decided could not be found, and has not been compared.'),
    ('jurisdiction.enhanced_due_diligence', 1, '2026-12-01', '2027-02-28',
     'FATF, call for action of the plenary of 17 to 19 June 2026, unchanged from February: enhanced due diligence for Myanmar. What the plenary of October 2026 decided could not be found, and has not been compared.')
on conflict (rule_id, rule_version, reviewed_on, next_review_on) do nothing;

-- What an earlier seed said otherwise: one set for all three categories of Regulation S.
delete from rule_set_rule where rule_set = 'reg-s';
delete from rule_set where code = 'reg-s';

insert into rule_set_rule (rule_set, rule_id) values
    ('platform', 'class.takes_orders'),
    ('platform', 'class.minimum_subscription'),
    ('platform', 'holding.covers_order'),
    ('platform', 'identity.kyc_current'),
    ('platform', 'identity.beneficial_owners'),
    ('platform', 'identity.wallet_verified'),
    ('platform', 'jurisdiction.blocked'),
    ('platform', 'jurisdiction.embargoed_regions'),
    ('platform', 'jurisdiction.occupied_regions'),
    ('platform', 'jurisdiction.enhanced_due_diligence'),
    ('sanctions', 'sanctions.screening'),
    ('sanctions', 'eu.833_2014.article_5f'),
    ('sanctions', 'eu.765_2006.article_1y'),
    ('us-506b', 'us.506b.not_accredited'),
    ('us-506b', 'us.144.holding_period'),
    ('us-506c', 'us.506c.accredited'),
    ('us-506c', 'us.144.holding_period'),
    ('us-506c', 'us.12g.holders'),
    ('us-3c1', 'us.3c1.holders'),
    ('us-3c7', 'us.3c7.qualified_purchaser'),
    ('us-3c7', 'us.12g.holders'),
    ('us-144a', 'us.144a.qualified_institutional_buyer'),
    ('us-erisa', 'us.erisa.benefit_plans'),
    ('reg-s-1', 'us.reg_s.not_us_person'),
    ('reg-s-2', 'us.reg_s.not_us_person'),
    ('reg-s-2', 'us.reg_s.distribution_compliance_40_days'),
    ('reg-s-3', 'us.reg_s.not_us_person'),
    ('reg-s-3', 'us.reg_s.distribution_compliance'),
    ('reg-s-3', 'us.144.holding_period'),
    ('reg-s-3-reporting', 'us.reg_s.not_us_person'),
    ('reg-s-3-reporting', 'us.reg_s.distribution_compliance_reporting'),
    ('reg-s-3-reporting', 'us.144.holding_period_reporting'),
    ('reg-s-3-debt', 'us.reg_s.not_us_person'),
    ('reg-s-3-debt', 'us.reg_s.distribution_compliance_40_days'),
    ('mifid-professional', 'eu.mifid.professional'),
    ('lux-raif', 'lu.raif.well_informed'),
    ('retail-priips', 'eu.priips.key_information'),
    ('concentration-25', 'fund.concentration'),
    ('lock-up-12m', 'fund.lock_up')
on conflict do nothing;
