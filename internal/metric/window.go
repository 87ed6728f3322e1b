package metric

import (
	"fmt"
	"strconv"
	"strings"
)

// MaxDays is the longest window and the greatest offset.
const MaxDays = 3660

const secondsPerDay = 86400

// ParseDays reads a number of days such as "28d" or "12w", from least to MaxDays.
// The message of a failure says what would be right, without naming the place.
func ParseDays(s string, least int) (days int, msg string) {
	number, unit, times := strings.TrimSuffix(s, "d"), "d", 1
	if weeks, ok := strings.CutSuffix(s, "w"); ok {
		number, unit, times = weeks, "w", 7
	}
	n, err := strconv.Atoi(number)
	if err != nil || number+unit != s || strconv.Itoa(n) != number {
		return 0, fmt.Sprintf("%q is not a number of days: write 28d for days or 12w for weeks", s)
	}
	if n > MaxDays || n*times > MaxDays || n*times < least {
		return 0, fmt.Sprintf("%q is out of range: use %dd to %dd", s, least, MaxDays)
	}
	return n * times, ""
}
