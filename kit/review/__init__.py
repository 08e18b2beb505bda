"""Floor 3: gates, verdicts and approvals between a candidate and the reviewed plane."""
