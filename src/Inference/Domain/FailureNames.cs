namespace StreamNer.Inference.Domain;

/// <summary>How failures are written in headers, metrics and logs: lower case, snake_case.</summary>
public static class FailureNames
{
    private static readonly string[] Stages = Snake(Enum.GetNames<FailureStage>());
    private static readonly string[] Codes = Snake(Enum.GetNames<FailureCode>());

    /// <summary>Writes a stage, such as <c>read</c>.</summary>
    public static string Name(this FailureStage stage) => Stages[(int)stage];

    /// <summary>Writes a code, such as <c>invalid_utf8</c>.</summary>
    public static string Name(this FailureCode code) => Codes[(int)code];

    private static string[] Snake(string[] names) =>
        Array.ConvertAll(names, name => string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}")));
}
