-- price-fetch: shows prices, and writes nothing.

grant select on asset to fundrail_prices;
grant select (id, issuer_id) on fund to fundrail_prices;
grant select (id, tenant_id) on issuer to fundrail_prices;
grant select on latest_price to fundrail_prices;
grant select on nav to fundrail_prices;
grant select on price_tick to fundrail_prices;
grant select on share_class to fundrail_prices;
