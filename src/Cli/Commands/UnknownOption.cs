using System.CommandLine;
using StreamNer.Host.Configuration;

namespace StreamNer.Cli.Commands;

/// <summary>Tells of what stands among the names of files and looks like an option.</summary>
internal static class UnknownOption
{
    /// <summary>What is wrong with it.</summary>
    /// <param name="name">It, beginning with a hyphen; there is no such file.</param>
    /// <param name="arguments">The command line.</param>
    public static string Message(string name, ParseResult arguments) =>
        NearMatch.Of(name, arguments.CommandResult.Command.Options.Select(option => option.Name)) is { } meant
            ? $"{name} is not an option; did you mean {meant}? A file of that name is ./{name}"
            : $"{name} is not an option; a file of that name is ./{name}";
}
