// Package clock is the only place that reads the time of day. Whatever needs
// "now" takes a Clock, so that a test fixes it; whatever computes takes an
// instant and reads no clock at all.
package clock

import "time"

// Clock tells the time.
type Clock interface{ Now() time.Time }

// System returns the machine's clock, in UTC.
func System() Clock { return system{} }

type system struct{}

// Now returns the time of day, in UTC.
func (system) Now() time.Time { return time.Now().UTC() }

// Fixed is a clock that stands still.
type Fixed time.Time

// Now returns the fixed instant.
func (f Fixed) Now() time.Time { return time.Time(f) }
