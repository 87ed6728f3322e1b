package simulate

// What people write: by mood (0 unwell, 1 fair, 2 well) where it depends on it.

var (
	onboardingSubjects = []string{"Kick-off", "Onboarding check-in", "Data sources and access", "First dashboards", "Admin training", "Success plan"}
	onboardingBodies   = []string{
		"Went through the rollout plan with {contact}. Single sign-on is done; finance data follows next week.",
		"{contact} wants the first three dashboards live before the end of the month. We agreed on owners.",
		"Access for the pilot group is set. Open: historic data from the old warehouse.",
		"Training for the second wave is booked. The first wave uses it daily, says {contact}.",
		"Defined what success means: month-end closing two days faster, and one source for sales numbers.",
	}
	reviewBodies = [3][]string{
		{
			"Usage is down on last quarter and {contact} could not name a result. Agreed on a recovery plan with two named goals.",
			"Sponsor did not show up. {contact} asked openly what the others on the market cost.",
			"They still wait for the permissions fix. Until then the sales team stays on spreadsheets.",
		},
		{
			"Solid quarter. Adoption is even across teams; {contact} asked for a benchmark against last year.",
			"Reviewed goals: one reached, one late because of their ERP project. Next step: train the planners.",
			"Roadmap shown. Interest in scheduled exports; no decision on further products.",
		},
		{
			"Their operations lead showed our numbers to the board. {contact} offers to be a reference.",
			"Goals of the year reached in the third quarter. Two more departments want access.",
			"Very good review: closing takes four days less. They ask what Automate would add.",
		},
	}
	talkSubjects = [3][]string{
		{"Escalation follow-up", "Missed goals", "Open tickets", "Renewal worries", "Low usage in two teams", "Budget talk"},
		{"Check-in", "Feature questions", "Release overview", "Usage review", "Renewal timeline", "Training needs"},
		{"Rollout to a new team", "Reference call", "Expansion", "Best practice exchange", "Beta programme", "Check-in"},
	}
	talkBodies = [3][]string{
		{
			"{contact} is unhappy with answers from support and wants one person to talk to.",
			"New budget round: every tool needs a case. {contact} asks for hard numbers by Friday.",
			"Half of the seats did not log in last month. A new team lead does not know us yet.",
			"Could not reach {contact} for the third time. Will try the sponsor.",
			"They compare us with the tool of their parent company.",
		},
		{
			"Short call. No blockers; {contact} will send two questions on filters.",
			"Walked through the new release. The export changes are welcome.",
			"{contact} plans a training for new joiners in the autumn.",
			"Talked about the renewal; procurement needs the usual papers two months ahead.",
			"Some confusion about metric definitions between finance and sales. Proposed a workshop.",
		},
		{
			"{contact} wants 20 more seats for the regional offices.",
			"They built an internal community around our dashboards. Asked for a speaker.",
			"Great mood. {contact} joined the beta of the new query editor.",
			"The sales team moved its forecast meeting into our tool.",
		},
	}
	mailBodies = []string{
		"Sent the summary of our last talk and the links to the recordings.",
		"Asked {contact} for dates for the next review.",
		"Shared the release notes and what they mean for their set-up.",
		"Answered questions on permissions and exports.",
		"Reminded them of the open actions.",
	}
	shockTitles = map[shockKind]string{shockChampion: "Champion leaves", shockMerger: "Merger", shockOutage: "After the outage"}
	shockNotes  = map[shockKind][]string{
		shockChampion: {
			"{champion} is leaving the company. No successor named; need a new champion before the renewal.",
			"Heard from support that {champion} has left. The new boss is said to prefer another tool.",
		},
		shockMerger: {
			"They are being taken over. The other side runs its own platform; a decision on tools is due after the closing.",
			"Merger announced. Our sponsor does not know yet whether the department stays.",
		},
		shockOutage: {
			"The outage hit their month-end. They expect a written explanation and credits.",
			"Apologised for the incident. They took it well, but a second one would be a problem.",
		},
	}
	sentimentReasons = [5][]string{
		{"no access to the sponsor, open talk of leaving", "escalations unanswered, trust is gone"},
		{"usage slipping, no clear value", "champion weak, renewal in doubt"},
		{"steady, little contact", "fine in daily use, no executive interest", "waiting for the next review"},
		{"good contact, goals on track", "active teams, positive review"},
		{"strong advocate, wants more", "reference customer, goals exceeded"},
	}
)
