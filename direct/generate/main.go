// Command generate makes the code of package graph from the schema: gqlgen's own, and beside it what package direct calls to read
// the fields of each type. `make generate` runs it at the project's root.
package main

import (
	_ "embed"
	"fmt"
	"go/types"
	"log"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/vektah/gqlparser/v2/ast"
)

func main() {
	log.SetFlags(0)
	cfg, err := config.LoadConfigFromDefaultLocations()
	if err == nil {
		err = api.Generate(cfg, api.AddPlugin(plugin{}))
	}
	if err != nil {
		log.Fatal(err)
	}
}

// plugin is a plugin of gqlgen.
type plugin struct{}

// Name is how gqlgen calls it.
func (plugin) Name() string { return "direct" }

//go:embed direct.gotpl
var text string

// GenerateCode writes direct.go beside gqlgen's generated code. It refuses directives that gqlgen would call around a field.
func (plugin) GenerateCode(data *codegen.Data) error {
	for _, object := range data.Objects {
		for _, field := range object.Fields {
			if field.HasDirectives() {
				return fmt.Errorf("%s.%s has a directive with code behind it, which package direct would not call", object.Name, field.Name)
			}
		}
	}
	return templates.Render(templates.Options{
		PackageName: data.Config.Exec.Package,
		Filename:    filepath.Join(data.Config.Exec.Dir(), "direct.go"),
		Template:    text,
		Data:        readable(data),
		Funcs: template.FuncMap{
			"kind": kind, "composite": composite, "plain": plain, "argument": argument, "read": read, "variable": variable, "call": call,
		},
		GeneratedHeader: true,
		Packages:        data.Config.Packages,
	})
}

// reachable is what the template is given.
type reachable struct {
	Objects      []*codegen.Object
	Interfaces   []*codegen.Interface
	Mutation     *codegen.Object
	Subscription *codegen.Object
}

// readable is the types that operations can reach.
func readable(data *codegen.Data) reachable {
	seen := map[string]bool{}
	reach(data, data.Schema.Query, seen)
	for _, root := range []*ast.Definition{data.Schema.Mutation, data.Schema.Subscription} {
		for _, field := range root.Fields {
			reach(data, data.Schema.Types[field.Type.Name()], seen)
		}
	}
	found := reachable{Mutation: data.MutationRoot, Subscription: data.SubscriptionRoot}
	for _, object := range data.Objects {
		if seen[object.Name] {
			found.Objects = append(found.Objects, object)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(data.Interfaces)) {
		if seen[name] {
			found.Interfaces = append(found.Interfaces, data.Interfaces[name])
		}
	}
	return found
}

func reach(data *codegen.Data, def *ast.Definition, seen map[string]bool) {
	if !def.IsCompositeType() || seen[def.Name] || def.BuiltIn {
		return
	}
	seen[def.Name] = true
	for _, possible := range data.Schema.GetPossibleTypes(def) {
		reach(data, possible, seen)
	}
	for _, field := range def.Fields {
		reach(data, data.Schema.Types[field.Type.Name()], seen)
	}
}

// plain says that reading the field is reading a field of a struct, or calling a method that cannot fail.
func plain(f *codegen.Field) bool {
	return !f.IsResolver && !f.HasHaser && !f.VOkFunc && len(f.Args) == 0 && (f.IsVariable() || (f.IsMethod() && f.NoErr && !f.MethodHasContext))
}

// read is the Go expression for the value of a plain field.
func read(f *codegen.Field) string {
	if f.IsMethod() {
		return "obj." + f.GoFieldName + "()"
	}
	return "obj." + f.GoFieldName
}

// variable is the name of the variable that holds an argument.
func variable(argument string) string { return "given" + templates.ToGo(argument) }

// gqlgensArgument is how gqlgen's own code takes an argument out of a map.
var gqlgensArgument = regexp.MustCompile(`fc\.Args\["(\w+)"\]\.\([^()]*\)`)

// call is the Go expression that calls what resolves the field, with its arguments in variables.
func call(f *codegen.Field) string {
	text := "obj." + f.GoFieldName + "(" + f.CallArgs() + ")"
	if f.IsResolver {
		text = "d.Resolvers." + f.ShortInvocation()
	}
	return gqlgensArgument.ReplaceAllStringFunc(text, func(found string) string {
		return variable(gqlgensArgument.FindStringSubmatch(found)[1])
	})
}

// composite says that values of the type have fields.
func composite(t *config.TypeReference) bool { return t.Definition.IsCompositeType() }

// kind is which method of direct.Writer writes values of the type: "" for those that gqlgen's marshal function turns to text.
func kind(t *config.TypeReference) string {
	if t.Marshaler == nil || t.IsMarshaler || t.IsContext || t.HasEnumValues() || t.IsPtrToPtr() {
		return ""
	}
	name := t.Marshaler.FullName()
	if strings.HasSuffix(name, "/scalars.MarshalDateTime") && !t.IsPtr() {
		return "DateTime"
	}
	underlying := t.GO.Underlying()
	if pointer, ok := underlying.(*types.Pointer); ok {
		underlying = pointer.Elem().Underlying()
	}
	basic, ok := underlying.(*types.Basic)
	if !ok {
		return ""
	}
	switch name[strings.LastIndex(name, "/")+1:] + " " + basic.Name() {
	case "graphql.MarshalString string", "scalars.MarshalID string", "scalars.MarshalMarkdown string", "scalars.MarshalHTML string":
		return "String"
	case "graphql.MarshalBoolean bool":
		return "Bool"
	case "graphql.MarshalInt int", "graphql.MarshalInt64 int64":
		return "Int"
	default:
		return ""
	}
}

// argument is what the value is converted to for the method of direct.Writer.
func argument(kind string) string {
	return map[string]string{"String": "string", "Bool": "bool", "Int": "int64"}[kind]
}
