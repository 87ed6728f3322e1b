// Package simulate has the exact distributions behind renewals and capacity, and the
// draws that a forecast makes: independent renewals, uncertain rates, a common shock,
// queues and event loads. Everything is a function of its arguments and a seed.
package simulate
