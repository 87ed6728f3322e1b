// Package prop gives intervals and comparisons for shares of accounts (renewal,
// churn, adoption rates) and for the Net Promoter Score, chosen so that they keep
// their promise at the small n of a customer base.
package prop
