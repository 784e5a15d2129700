using Mono.Cecil;
using Mono.Cecil.Cil;

namespace StreamNer.Cli.Tests;

/// <summary>Which namespaces of an assembly know which others of it, read from its code: signatures, fields, attributes, bodies.</summary>
internal static class NamespaceCircles
{
    /// <summary>The groups of namespaces that reach each other in a circle, each with one reference for every step of it.</summary>
    public static IReadOnlyList<string> Of(string assemblyPath)
    {
        using var assembly = AssemblyDefinition.ReadAssembly(assemblyPath);
        var known = References(assembly);
        var reach = known.Keys.ToDictionary(start => start, start => Reachable(start, known));
        return [.. known.Keys
            .Where(name => reach[name].Contains(name))
            .GroupBy(name =>
                string.Join(' ', reach[name].Where(other => reach.TryGetValue(other, out var back) && back.Contains(name)).Order()))
            .Select(circle => Describe([.. circle], known))
            .Order(StringComparer.Ordinal)];
    }

    private static string Describe(string[] circle, Dictionary<string, Dictionary<string, string>> known) =>
        string.Join("; ",
            circle.SelectMany(from => known[from].Where(to => circle.Contains(to.Key)).Select(to => $"{from} -> {to.Key} ({to.Value})")));

    private static HashSet<string> Reachable(string start, Dictionary<string, Dictionary<string, string>> known)
    {
        HashSet<string> seen = [];
        Stack<string> open = new([start]);
        while (open.TryPop(out var name))
        {
            foreach (var next in known.GetValueOrDefault(name)?.Keys ?? Enumerable.Empty<string>())
            {
                if (seen.Add(next))
                    open.Push(next);
            }
        }

        return seen;
    }

    private static Dictionary<string, Dictionary<string, string>> References(AssemblyDefinition assembly)
    {
        Dictionary<string, Dictionary<string, string>> known = [];
        foreach (var type in assembly.MainModule.GetTypes())
        {
            var from = NamespaceOf(type);
            foreach (var used in UsedBy(type).SelectMany(Parts))
            {
                var to = NamespaceOf(used);
                if (used.Scope != assembly.MainModule || from == to || from.Length == 0 || to.Length == 0)
                    continue;
                if (!known.TryGetValue(from, out var targets))
                    known[from] = targets = [];
                targets.TryAdd(to, $"{Outermost(type).Name} uses {Outermost(used).Name}");
            }
        }

        return known;
    }

    private static TypeReference Outermost(TypeReference type) => type.DeclaringType is null ? type : Outermost(type.DeclaringType);

    private static string NamespaceOf(TypeReference type) => Outermost(type).Namespace;

    /// <summary>A type and what it is made of: the element of an array, the arguments of a generic one.</summary>
    private static IEnumerable<TypeReference> Parts(TypeReference? type) => type switch
    {
        null or GenericParameter => [],
        GenericInstanceType generic => generic.GenericArguments.SelectMany(Parts).Append(generic.ElementType),
        TypeSpecification specification => Parts(specification.ElementType),
        _ => [type],
    };

    private static IEnumerable<TypeReference?> UsedBy(TypeDefinition type)
    {
        IEnumerable<TypeReference?> own =
        [
            type.BaseType,
            .. type.Interfaces.Select(i => i.InterfaceType),
            .. type.CustomAttributes.SelectMany(UsedBy),
            .. type.Fields.Select(field => field.FieldType),
            .. type.GenericParameters.SelectMany(p => p.Constraints).Select(c => c.ConstraintType),
        ];
        return own.Concat(type.Methods.SelectMany(UsedBy));
    }

    private static IEnumerable<TypeReference?> UsedBy(CustomAttribute attribute) =>
        attribute.ConstructorArguments.Select(argument => argument.Value as TypeReference).Prepend(attribute.AttributeType);

    private static IEnumerable<TypeReference?> UsedBy(MethodDefinition method)
    {
        yield return method.ReturnType;
        foreach (var parameter in method.Parameters)
            yield return parameter.ParameterType;
        foreach (var constraint in method.GenericParameters.SelectMany(p => p.Constraints))
            yield return constraint.ConstraintType;
        if (!method.HasBody)
            yield break;

        foreach (var variable in method.Body.Variables)
            yield return variable.VariableType;
        foreach (var used in method.Body.Instructions.SelectMany(UsedBy))
            yield return used;
    }

    private static IEnumerable<TypeReference?> UsedBy(Instruction instruction) => instruction.Operand switch
    {
        TypeReference type => [type],
        FieldReference field => [field.DeclaringType, field.FieldType],
        GenericInstanceMethod method =>
            [method.DeclaringType, method.ReturnType, .. method.GenericArguments, .. method.Parameters.Select(p => p.ParameterType)],
        MethodReference method => [method.DeclaringType, method.ReturnType, .. method.Parameters.Select(p => p.ParameterType)],
        _ => [],
    };
}
