package gias

import "github.com/staffroom-schools/staffroom/staffroom"

func phases() []coded[staffroom.Phase] {
	return []coded[staffroom.Phase]{
		{"0", "Not applicable", staffroom.PhaseNotApplicable},
		{"1", "Nursery", staffroom.PhaseNursery},
		{"2", "Primary", staffroom.PhasePrimary},
		{"3", "Middle deemed primary", staffroom.PhaseMiddleDeemedPrimary},
		{"4", "Secondary", staffroom.PhaseSecondary},
		{"5", "Middle deemed secondary", staffroom.PhaseMiddleDeemedSecondary},
		{"6", "16 plus", staffroom.PhaseSixteenPlus},
		{"7", "All-through", staffroom.PhaseAllThrough},
	}
}

func statuses() []coded[staffroom.SchoolStatus] {
	return []coded[staffroom.SchoolStatus]{
		{"1", "Open", staffroom.SchoolOpen},
		{"2", "Closed", staffroom.SchoolClosed},
		{"3", "Open, but proposed to close", staffroom.SchoolOpenProposedToClose},
		{"4", "Proposed to open", staffroom.SchoolProposedToOpen},
	}
}

func typeGroups() []coded[staffroom.TypeGroup] {
	return []coded[staffroom.TypeGroup]{
		{"1", "Colleges", staffroom.GroupColleges},
		{"2", "Universities", staffroom.GroupUniversities},
		{"3", "Independent schools", staffroom.GroupIndependent},
		{"4", "Local authority maintained schools", staffroom.GroupAuthorityMaintained},
		{"5", "Special schools", staffroom.GroupSpecial},
		{"6", "Welsh schools", staffroom.GroupWelsh},
		{"9", "Other types", staffroom.GroupOther},
		{"10", "Academies", staffroom.GroupAcademies},
		{"11", "Free Schools", staffroom.GroupFreeSchools},
		{"13", "Online provider", staffroom.GroupOnline},
	}
}
