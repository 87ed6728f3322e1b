package simulate

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/usage"
)

// touch is how often a segment is met, called and written to, a year.
type touch struct{ meeting, call, email float64 }

var touches = [...]touch{{24, 18, 26}, {12, 10, 16}, {4, 4, 8}, {0.3, 0.5, 3}}

// draft is an activity before it has its identifier.
type draft struct {
	day           int
	kind          customer.ActivityKind
	subject, body string
}

// activities draws the meetings, calls and mails of the segment's touch model,
// and notes about what happened.
func (w *recorder) activities(r rng) {
	c, s := w.c, w.s
	var drafts []draft
	for week := max(0, s.since/7); week < c.weeks; week++ {
		if _, on := s.active(7 * week); !on {
			continue
		}
		h := s.at(week - 1)
		// The unwell are harder to reach; a sponsor adds meetings.
		reach := 0.6 + 0.8*logistic(0.9*h)
		if s.sponsor.arm == armTreated && week >= s.sponsor.from && week < s.sponsor.to {
			reach *= 1.4
		}
		t := touches[s.segment]
		for _, k := range []struct {
			kind customer.ActivityKind
			rate float64
		}{{customer.ActivityMeeting, t.meeting}, {customer.ActivityCall, t.call}, {customer.ActivityEmail, t.email}} {
			for range r.poisson(k.rate / 52 * reach) {
				t := w.talk(k.kind, 7*week, h, r)
				drafts = append(drafts, draft{7*week + r.IntN(5), k.kind, t.subject, t.body})
			}
		}
	}
	drafts = append(drafts, w.notes(r)...)
	slices.SortStableFunc(drafts, func(a, b draft) int { return cmp.Compare(a.day, b.day) })
	w.a.Activities = make([]customer.Activity, 0, len(drafts))
	for _, d := range drafts {
		w.activity(d, r)
	}
	slices.SortStableFunc(w.a.Activities, func(a, b customer.Activity) int { return a.At.Compare(b.At) })
}

// notes are written when something happens.
func (w *recorder) notes(r rng) []draft {
	c, s := w.c, w.s
	var out []draft
	for _, sh := range s.shocks {
		if sh.kind == shockOutage && s.segment == digital {
			continue
		}
		body := pick(r, shockNotes[sh.kind])
		if sh.kind == shockMerger && sh.size > 0 {
			body = "They bought a competitor; the new teams will work on our platform. Seats to discuss."
		}
		body = strings.ReplaceAll(body, "{champion}", w.a.Contacts[0].Name)
		out = append(out, draft{sh.day + r.between(1, 12), customer.ActivityNote, shockTitles[sh.kind], body})
	}
	if s.sponsor.arm == armTreated {
		out = append(out, draft{s.sponsor.day, customer.ActivityNote, "Executive sponsor assigned", "Our VP takes a monthly call with their leadership until mid-year."})
	}
	for _, sp := range s.spans {
		if sp.end < never && sp.notice < c.days {
			out = append(out, draft{sp.notice, customer.ActivityNote, "Notice received", "They will not renew. Reason given: " + sp.reason + "."})
		}
	}
	return out
}

func (w *recorder) activity(d draft, r rng) {
	c, s, a := w.c, w.s, w.a
	if _, on := s.active(d.day); !on || d.day < 0 || d.day >= c.days {
		return
	}
	at := c.stamp(d.day, r)
	act := customer.Activity{
		ID:        id.Derive[id.Activity](c.namespace, a.External+"/activity/"+strconv.Itoa(len(a.Activities))),
		AccountID: a.ID, UserID: c.users[ownerAt(w.owners, d.day)].ID, Kind: d.kind, Subject: d.subject, Body: d.body, At: at, CreatedAt: at,
	}
	if k := w.contactAt(at, r); k >= 0 && d.kind != customer.ActivityNote {
		act.ContactID = a.Contacts[k].ID
		act.Body = strings.ReplaceAll(act.Body, "{contact}", firstName(a.Contacts[k].Name))
	} else {
		act.Body = strings.ReplaceAll(act.Body, "{contact}", "the team")
	}
	a.Activities = append(a.Activities, act)
	e := recordEvent{name: usage.EventActivity + string(d.kind), product: -1}
	if d.kind == customer.ActivityMeeting || d.kind == customer.ActivityCall {
		e.value, e.valued = float64(15*r.between(1, 4)), true // minutes
	}
	s.addEvent(c, at, e)
}

// talk chooses what an interaction is about, by mood and by the calendar.
func (w *recorder) talk(kind customer.ActivityKind, d int, h float64, r rng) topic {
	s := w.s
	mood := 1
	if h < -0.5 {
		mood = 0
	} else if h > 0.5 {
		mood = 2
	}
	var t topic
	switch {
	case kind == customer.ActivityEmail && r.chance(0.7):
		t = pick(r, mailTopics)
	case d-s.since < 70 && s.since >= 0:
		t = pick(r, onboardingTopics)
	case kind == customer.ActivityMeeting && r.chance(0.25):
		t = topic{"Quarterly business review", pick(r, reviewBodies[mood])}
	default:
		t = pick(r, talkTopics[mood])
	}
	return t
}

// facts writes the histories: owner, stage, attributes, sentiment, programmes.
func (w *recorder) facts(r rng) {
	c, s := w.c, w.s
	w.a.Facts = make([]customer.Fact, 0, 16+c.days/25)
	start := s.since
	for _, t := range w.owners {
		if t.from < c.days {
			w.fact(customer.FactOwner, customer.TextValue(string(c.users[t.user].ID)), t.from, -1, t.reason)
		}
	}
	w.stages(r)
	employees := float64(s.employees)
	w.fact("employees", customer.NumberValue(employees), start, -1, "")
	for d := start + 365; d < c.days; d += 365 {
		employees = math.Round(employees * (1 + 0.05*r.NormFloat64() + 0.02))
		if d > 0 && int(employees) != s.employees {
			w.fact("employees", customer.NumberValue(max(employees, 5)), d, -1, "")
		}
	}
	w.fact("industry", customer.TextValue(industries[s.industry].name), start, -1, "")
	w.fact("country", customer.TextValue(countries[s.country].name), start, -1, "")
	w.fact("region", customer.TextValue(countries[s.country].region), start, -1, "")
	w.fact("plan", customer.TextValue(planNames[s.segment]), start, -1, "")
	w.sentiment(r)
	if s.academy.arm != armNone {
		if _, on := s.active(s.academy.day); on {
			w.fact("program."+academyKey, customer.TextValue(string(s.academy.arm)), s.academy.day, -1, "randomised half and half")
		}
	}
	if s.sponsor.arm == armTreated {
		if _, on := s.active(s.sponsor.day); on {
			w.fact("program."+sponsorKey, customer.TextValue(string(armTreated)), s.sponsor.day, ownerAt(w.owners, s.sponsor.day), "chosen by the CSM")
		}
	}
	customer.SortFacts(w.a.Facts)
}

// sentiment is the owner's judgement, 1 to 5, monthly where there is a named
// CSM and quarterly in the digital segment: noisy and three weeks behind.
func (w *recorder) sentiment(r rng) {
	c, s := w.c, w.s
	every := 30
	if s.segment == digital {
		every = 91
	}
	for d := max(0, s.since) + r.between(14, 44); d < c.days; d += every {
		if _, on := s.active(d); !on {
			continue
		}
		v := math.Round(3.3 + 1.1*s.at(d/7-3) + 0.7*r.NormFloat64())
		v = min(max(v, 1), 5)
		w.fact(customer.ManualPrefix+"csm_sentiment", customer.NumberValue(v), d, ownerAt(w.owners, d), pick(r, sentimentReasons[int(v)-1]))
	}
}

func (w *recorder) stages(r rng) {
	c, s := w.c, w.s
	stage := func(d int, st customer.Stage) {
		w.fact(customer.FactStage, customer.TextValue(string(st)), d, -1, "")
	}
	for _, sp := range s.spans {
		stop := min(sp.end, c.days)
		stage(sp.start, customer.StageOnboarding)
		adoptionFrom := sp.start + r.between(50, 100)
		if adoptionFrom < stop {
			stage(adoptionFrom, customer.StageAdoption)
		}
		// An account that is not mature before its first renewal opens is so after it.
		matureFrom, renewal := sp.start+r.between(200, 330), never
		if s.term > 1 {
			renewal = c.boundary(sp.start, s.term, 1) - 90
		}
		if matureFrom < min(stop, renewal) {
			stage(matureFrom, customer.StageMature)
		}
		for k := 2; renewal < stop; k++ {
			stage(renewal, customer.StageRenewal)
			if renewal+90 < stop {
				stage(renewal+90, customer.StageMature)
			}
			renewal = c.boundary(sp.start, s.term, k) - 90
		}
		if sp.end < c.days {
			stage(sp.end, customer.StageChurned)
		}
	}
}

func (w *recorder) fact(key string, v customer.Value, d, author int, reason string) {
	at := w.c.date(d)
	f := customer.Fact{AccountID: w.a.ID, Key: key, Value: v, ValidFrom: at, KnownAt: at, Source: Source, Reason: reason}
	if author >= 0 {
		f.Author = w.c.users[author].ID
	}
	w.a.Facts = append(w.a.Facts, f)
}
