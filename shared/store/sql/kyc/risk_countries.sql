select
    country,
    rating
from risk_country
