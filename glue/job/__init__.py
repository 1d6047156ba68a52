"""The silver job: one pass from bronze to silver. AWS Glue gets this folder, `lake` and the contract as a zip."""
