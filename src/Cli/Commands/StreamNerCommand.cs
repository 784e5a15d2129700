using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using StreamNer.Actors;
using StreamNer.Cli.Terminal;
using StreamNer.Host.Configuration;
using StreamNer.Inference.Domain;

namespace StreamNer.Cli.Commands;

/// <summary>The command line: reads the arguments, runs the verb, turns what went wrong into a message and an exit code.</summary>
internal static class StreamNerCommand
{
    private static readonly string[] RootExamples =
    [
        "streamner demo",
        "echo 'John Lenon was born in London' | streamner label",
        "streamner run --set Kafka:BootstrapServers=localhost:9092",
    ];

    /// <summary>Runs one command line.</summary>
    /// <param name="arguments">The arguments, without the program's name.</param>
    /// <param name="terminal">Where the command reads and writes.</param>
    /// <param name="stop">Cancelled when the process is asked to stop.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> InvokeAsync(IReadOnlyList<string> arguments, CommandTerminal terminal, CancellationToken stop)
    {
        var parsed = Tree(terminal).Parse(arguments);
        if (parsed.Action is ParseErrorAction)
        {
            foreach (var error in parsed.Errors)
                terminal.Error.WriteLine($"streamner: {VisibleText.Of(error.Message)}");
            foreach (var meant in parsed.UnmatchedTokens.Select(token => Meant(token, parsed.CommandResult.Command)).OfType<string>())
                terminal.Error.WriteLine($"Did you mean '{meant}'?");
            terminal.Error.WriteLine($"Try 'streamner{Path(parsed.CommandResult)} --help'.");
            return ExitCodes.Usage;
        }

        if (!HasWorkingDirectory())
        {
            terminal.Error.WriteLine("streamner: the working directory is gone, or may not be read; change into another one");
            return ExitCodes.Usage;
        }

        // Signals and exceptions are ours: the library's own handling ends the process after two seconds, in the middle of a drain.
        var invocation = new InvocationConfiguration
        {
            Output = terminal.Output,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };

        try
        {
            var exitCode = await InvokeAsync(parsed, invocation, terminal, stop);
            return Flush(terminal, tells: exitCode == ExitCodes.Done) && exitCode == ExitCodes.Done
                ? ExitCodes.Done : Math.Max(exitCode, ExitCodes.Failed);
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            // Not even standard error can be written: the number is all that is left to say.
            return ExitCodes.Failed;
        }
    }

    private static async Task<int> InvokeAsync(ParseResult parsed, InvocationConfiguration invocation, CommandTerminal terminal,
        CancellationToken stop)
    {
        try
        {
            return await parsed.InvokeAsync(invocation, stop);
        }
        catch (Exception failure)
        {
            return FailureReport.Write(failure, terminal.Error, stop);
        }
    }

    /// <summary>Whether relative paths lead anywhere; all that is looked for below it would fail one by one.</summary>
    private static bool HasWorkingDirectory()
    {
        try
        {
            return Directory.Exists(Directory.GetCurrentDirectory());
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <returns>False when what is left could not be written; unless something failed before, that is told.</returns>
    private static bool Flush(CommandTerminal terminal, bool tells)
    {
        try
        {
            terminal.Flush();
            return true;
        }
        catch (IOException cause)
        {
            if (tells)
                terminal.Error.WriteLine($"streamner: {VisibleText.Of(cause.Message)}");
            return false;
        }
    }

    /// <summary>The verb that was reached, with those above it.</summary>
    private static string Path(CommandResult reached) =>
        reached.Parent is CommandResult above ? $"{Path(above)} {reached.Command.Name}" : "";

    private static string? Meant(string token, Command command) =>
        NearMatch.Of(token, [.. command.Subcommands.Select(verb => verb.Name), .. command.Options.Select(option => option.Name)]);

    /// <summary>A variable of the shell that is not set leaves an empty value behind, which no option or argument means.</summary>
    private static void RefuseEmptyValues(Command command)
    {
        foreach (var option in command.Options)
            option.Validators.Add(result => Refuse(result, option.Name));
        foreach (var argument in command.Arguments)
            argument.Validators.Add(result => Refuse(result, argument.Name));
        foreach (var verb in command.Subcommands)
            RefuseEmptyValues(verb);

        static void Refuse(SymbolResult result, string name)
        {
            if (result.Tokens.Any(token => token.Value.Length == 0))
                result.AddError($"{name} is empty, it must have a value; is a variable not set?");
        }
    }

    private static RootCommand Tree(CommandTerminal terminal)
    {
        // A new verb is a file in this folder and a line here.
        var root = new RootCommand("Labels the tokens of text that flows through Kafka: named entities, parts of speech, "
            + "any token-classification model.")
        {
            RunCommand.Create(terminal),
            DemoCommand.Create(terminal),
            LabelCommand.Create(terminal),
            EvalCommand.Create(terminal),
            ModelsCommand.Create(terminal),
            CheckCommand.Create(terminal),
            TapCommand.Create(terminal),
            TopCommand.Create(terminal),
            DlqCommand.Create(terminal),
            BrokerCommand.Create(terminal),
        };
        root.HelpName = "streamner";
        RefuseEmptyValues(root);

        foreach (var help in root.Options.OfType<HelpOption>())
            help.Action = new HelpWithExamples((HelpAction)help.Action!, RootExamples);
        return root;
    }
}

/// <summary>A command with examples: what to type, shown below its help.</summary>
internal sealed class Verb(string name, string description, params string[] examples) : Command(name, description)
{
    /// <summary>One line each.</summary>
    public IReadOnlyList<string> Examples { get; } = examples;
}
