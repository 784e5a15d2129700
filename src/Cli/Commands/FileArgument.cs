using System.CommandLine;
using StreamNer.Host.Configuration;

namespace StreamNer.Cli.Commands;

/// <summary>Tells of what stands among the names of files and is none.</summary>
internal static class FileArgument
{
    /// <summary>What is wrong with a name; null where there is such a file.</summary>
    /// <param name="name">The name.</param>
    /// <param name="arguments">The command line.</param>
    public static string? Problem(string name, ParseResult arguments) =>
        File.Exists(name) ? null
        : Directory.Exists(name) ? $"{name} is a folder, name the files in it"
        : name.StartsWith('-') ? UnknownOption(name, arguments)
        : $"{name}: there is no such file";

    private static string UnknownOption(string name, ParseResult arguments) =>
        NearMatch.Of(name, arguments.CommandResult.Command.Options.Select(option => option.Name)) is { } meant
            ? $"{name} is not an option; did you mean {meant}? A file of that name is ./{name}"
            : $"{name} is not an option; a file of that name is ./{name}";
}
