package model

// Object is a kind of thing that a model declares.
type Object string

// The objects.
const (
	Attribute Object = "attribute"
	Metric    Object = "metric"
	Segment   Object = "segment"
	Scorecard Object = "scorecard"
)
