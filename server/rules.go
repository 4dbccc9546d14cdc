package server

import (
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// validationRules gives a fresh set of the rules of GraphQL validation at each call. Without suggestions, no error names
// a field, argument, type or value of the schema that the document did not name: gqlgen's own switch leaves them in arguments,
// types and values.
func validationRules(suggestions bool) *rules.Rules {
	set := rules.NewDefaultRules()
	if suggestions {
		return set
	}
	for name, silent := range map[string]validator.Rule{
		rules.FieldsOnCorrectTypeRule.Name: rules.FieldsOnCorrectTypeRuleWithoutSuggestions,
		rules.KnownArgumentNamesRule.Name:  rules.KnownArgumentNamesRuleWithoutSuggestions,
		rules.KnownTypeNamesRule.Name:      rules.KnownTypeNamesRuleWithoutSuggestions,
		rules.ScalarLeafsRule.Name:         rules.ScalarLeafsRuleWithoutSuggestions,
		rules.ValuesOfCorrectTypeRule.Name: rules.ValuesOfCorrectTypeRuleWithoutSuggestions,
	} {
		set.ReplaceRule(name, silent.RuleFunc)
	}
	return set
}
