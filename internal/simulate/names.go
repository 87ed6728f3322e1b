package simulate

import "strings"

// namer composes names of companies, each only once.
type namer struct {
	r    rng
	used map[string]bool
}

func newNamer(r rng) *namer { return &namer{r: r, used: map[string]bool{}} }

// company returns a new name of a company in an industry: 2,960 roots times the
// words of the industry, and pairs of surnames, before qualifiers are needed.
func (n *namer) company(branch int) string {
	for range 40 {
		if name, ok := n.take(n.compose(branch)); ok {
			return name
		}
	}
	for {
		region := pick(n.r, countries).region
		name := n.compose(branch) + " " + pick(n.r, regionWords[region])
		if name, ok := n.take(name); ok {
			return name
		}
	}
}

func (n *namer) compose(branch int) string {
	word := pick(n.r, industries[branch].words)
	root := pick(n.r, rootHeads) + pick(n.r, rootTails)
	switch u := n.r.Float64(); {
	case u < 0.12:
		names := familyNames[n.r.IntN(len(familyNames))]
		return pick(n.r, names) + " & " + pick(n.r, familyNames[0]) + " " + word
	case u < 0.2:
		return pick(n.r, familyNames[n.r.IntN(7)]) + " " + word
	case u < 0.26:
		return root
	}
	return root + " " + word
}

// subsidiary returns a name that shows the parent, and where it is.
func (n *namer) subsidiary(parent string, where int) string {
	here := countries[where]
	if name, ok := n.take(parent + " " + here.name); ok {
		return name
	}
	for _, region := range regionWords[here.region] {
		if name, ok := n.take(parent + " " + region); ok {
			return name
		}
	}
	for {
		name := parent + " " + pick(n.r, rootHeads) + pick(n.r, rootTails)
		if name, ok := n.take(name); ok {
			return name
		}
	}
}

func (n *namer) take(name string) (string, bool) {
	// Two names of one domain would be one company to an identity match.
	key := domainOf(name)
	if n.used[key] {
		return "", false
	}
	n.used[key] = true
	return name, true
}

// domainOf returns a name's domain under the reserved top level .example.
func domainOf(name string) string { return slug(name, '-') + ".example" }

// slug keeps letters and digits in lower case and joins words by sep.
func slug(name string, sep rune) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(name) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			if gap && b.Len() > 0 {
				b.WriteRune(sep)
			}
			b.WriteRune(r)
			gap = false
			continue
		}
		gap = true
	}
	return b.String()
}

// person returns a name from the pool of a country's names.
func person(r rng, where int) string {
	pool := countries[where].names
	if r.chance(0.12) {
		pool = r.IntN(len(givenNames))
	}
	return pick(r, givenNames[pool]) + " " + pick(r, familyNames[pool])
}

func emailOf(name, domain string) string { return slug(name, '.') + "@" + domain }

// firstName returns what people call somebody.
func firstName(name string) string {
	first, _, _ := strings.Cut(name, " ")
	return first
}
