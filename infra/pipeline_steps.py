"""The steps of a pipeline pass, in order, for the laptop and for the state machine on AWS."""

BRONZE = "Waiting for bronze"
SILVER = "Silver"
GOLD = "Gold (dbt build)"
PUBLISH = "Publish"
STEPS = (BRONZE, SILVER, GOLD, PUBLISH)
