package sample

import (
	"context"
	"fmt"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// appoint makes the lead schools: those whose appointments have ended first, because their places must be free again.
func (f *filling) appoint(ctx context.Context) error {
	ctx, err := f.by(ctx, f.people[0].subject())
	if err != nil {
		return err
	}
	there, err := f.at(f.now).LeadSchools.Find(ctx, staffroom.LeadSchoolFilter{WithHistory: true}, all())
	if err != nil {
		return err
	}
	known := map[string]*staffroom.LeadSchool{}
	for _, lead := range there.Items {
		known[lead.SchoolID+string(lead.From)] = lead
	}
	byBorough := map[string][]leadSchool{}
	for _, l := range f.leadSchools {
		byBorough[l.Authority] = append(byBorough[l.Authority], l)
	}
	return eachOf(ctx, byBorough, func(ctx context.Context, leads []leadSchool) error {
		for _, l := range leads {
			if err := f.appointOne(ctx, l, known[staffroom.SchoolID(l.URN)+string(l.From)]); err != nil {
				return fmt.Errorf("%s: %w", l.URN, err)
			}
		}
		return nil
	})
}

// appointOne appoints a lead school that is not known yet, and ends the appointment if it has ended.
func (f *filling) appointOne(ctx context.Context, l leadSchool, known *staffroom.LeadSchool) error {
	if known == nil {
		contact, err := f.by(ctx, l.Contact)
		if err != nil {
			return err
		}
		known, err = f.at(noon(l.From)).LeadSchools.Appoint(ctx, staffroom.AppointInput{
			SchoolURN: l.URN, AuthorityCode: l.Authority, Phases: l.Phases, From: l.From, To: l.To, Remit: l.Remit,
			ContactID: staffroom.ViewerFrom(contact).MemberID(),
		})
		if err != nil {
			return err
		}
	}
	if l.Ended == "" || !known.Current {
		return nil
	}
	_, err := f.at(noon(l.Ended)).LeadSchools.End(ctx, staffroom.EndInput{ID: known.ID, Reason: l.Reason})
	return err
}

// noon is the middle of a day; the zero time for what is no day.
func noon(d staffroom.Date) time.Time {
	day, err := time.ParseInLocation(time.DateOnly, string(d), staffroom.London)
	if err != nil {
		return time.Time{}
	}
	return day.Add(12 * time.Hour)
}
