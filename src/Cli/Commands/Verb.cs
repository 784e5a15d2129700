using System.CommandLine;

namespace StreamNer.Cli.Commands;

/// <summary>A command with examples: what to type, shown below its help.</summary>
internal sealed class Verb(string name, string description, params string[] examples) : Command(name, description)
{
    /// <summary>One line each.</summary>
    public IReadOnlyList<string> Examples { get; } = examples;
}
