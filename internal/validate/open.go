package validate

// Share is a count of n with Wilson's interval.
func Share(k, n int, evidence Evidence) Estimate { return share(k, n, evidence) }

// LadderOf is where a number of departures in the test sets stands.
func LadderOf(events int) Ladder { return ladder(events) }
