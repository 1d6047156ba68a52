"""Models of the AWS services that the product calls, each after the page of AWS that its module names."""
