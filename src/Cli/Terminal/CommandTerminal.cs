using System.Text;
using Spectre.Console;

namespace StreamNer.Cli.Terminal;

/// <summary>Where a command reads and writes: results on standard output, everything else on standard error.</summary>
/// <remarks>
/// One thread at a time. <see cref="Results"/>, <see cref="Output"/> and <see cref="OutputConsole"/> write to the same place;
/// <see cref="Flush"/> before changing from one to the other.
/// </remarks>
internal sealed class CommandTerminal
{
    /// <summary>No terminal wraps what is read by a program.</summary>
    private const int Unwrapped = 1_000_000;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly Stream _output;

    /// <summary>Makes a terminal over streams.</summary>
    /// <param name="input">Standard input.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="outputIsTerminal">Whether a person reads the results as they come.</param>
    /// <param name="errorIsTerminal">Whether progress may be drawn and redrawn.</param>
    /// <param name="colours">Whether colours are wanted at all.</param>
    public CommandTerminal(Stream input, Stream output, TextWriter error, bool outputIsTerminal, bool errorIsTerminal, bool colours)
    {
        Input = input;
        _output = output;
        Results = new BufferedStream(output, 64 * 1024);
        Output = new StreamWriter(Results, Utf8, 16 * 1024);
        Error = error;
        OutputIsTerminal = outputIsTerminal;
        ErrorIsTerminal = errorIsTerminal;
        OutputConsole = Console(Output, outputIsTerminal, colours);
        ErrorConsole = Console(Error, errorIsTerminal, colours);
    }

    /// <summary>Standard input, as bytes.</summary>
    public Stream Input { get; }

    /// <summary>Standard output for bytes, buffered.</summary>
    public Stream Results { get; }

    /// <summary>Standard output for text, UTF-8, buffered.</summary>
    public TextWriter Output { get; }

    /// <summary>Standard output for tables and colours.</summary>
    public IAnsiConsole OutputConsole { get; }

    /// <summary>Standard error for text.</summary>
    public TextWriter Error { get; }

    /// <summary>Standard error for tables, colours and progress.</summary>
    public IAnsiConsole ErrorConsole { get; }

    /// <summary>Whether standard output is a terminal.</summary>
    public bool OutputIsTerminal { get; }

    /// <summary>Whether standard error is a terminal.</summary>
    public bool ErrorIsTerminal { get; }

    /// <summary>
    /// The terminal of this process. Colours are off when <c>NO_COLOR</c> is set, drawing is off when <c>TERM</c> is <c>dumb</c>.
    /// </summary>
    public static CommandTerminal OfProcess()
    {
        var dumb = Environment.GetEnvironmentVariable("TERM") is "dumb";
        return new CommandTerminal(
            System.Console.OpenStandardInput(),
            new StandardOutput(System.Console.OpenStandardOutput()),
            new StreamWriter(System.Console.OpenStandardError(), Utf8) { AutoFlush = true },
            outputIsTerminal: !System.Console.IsOutputRedirected && !dumb,
            errorIsTerminal: !System.Console.IsErrorRedirected && !dumb,
            colours: string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")));
    }

    /// <summary>Hands everything written so far to standard output.</summary>
    public void Flush()
    {
        Output.Flush();
        Results.Flush();
        _output.Flush();
    }

    /// <summary>Ends a command that waits for more to show, when nobody is left to see it.</summary>
    /// <exception cref="IOException">Nobody reads standard output any more.</exception>
    public void EnsureReader()
    {
        if (_output is StandardOutput)
            StandardOutput.EnsureReader();
    }

    private static IAnsiConsole Console(TextWriter writer, bool isTerminal, bool colours)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = isTerminal && colours ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
        });

        console.Profile.Capabilities.Unicode = true;
        if (!isTerminal)
            console.Profile.Width = Unwrapped;
        return console;
    }
}
