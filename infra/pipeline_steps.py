"""The steps of a pipeline pass, in their order: the laptop's and those of the state machine on AWS."""

BRONZE = "Waiting for bronze"
SILVER = "Silver"
GOLD = "Gold (dbt build)"
PUBLISH = "Publish"
STEPS = (BRONZE, SILVER, GOLD, PUBLISH)
