using System.Globalization;
using StreamNer.Cli.Terminal;
using StreamNer.Tools.Labelling;

namespace StreamNer.Cli.Demo;

/// <summary>Shows the demo as plain lines: each document of the first round, later on only how far it is.</summary>
internal sealed class DemoLines(TextWriter output, int shown) : IDemoView
{
    private const int BetweenLines = 1000;

    /// <inheritdoc/>
    public void Waiting(string what)
    {
        output.WriteLine(what);
        output.Flush();
    }

    /// <inheritdoc/>
    public void Show(DemoEvent demoEvent, string? text, DemoScore score)
    {
        if (demoEvent.Number is null || demoEvent.Number < shown)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[{score.Through}/{score.Expected}] {Line(demoEvent, text)}"));
        else if (score.Through % BetweenLines == 0 || score.IsComplete)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[{score.Through}/{score.Expected}] {score.Rate:N0} documents/s"));
    }

    /// <inheritdoc/>
    public void Refresh(DemoScore score) => output.Flush();

    /// <summary>One event on one line: the marked text, or what is known of it.</summary>
    public static string Line(DemoEvent demoEvent, string? text) => demoEvent switch
    {
        { DeadLetter: { } reason } => $"dead letter, {VisibleText.Of(reason, keepLines: false)}",
        _ when text is not null => EntityHighlighter.Plain(text, demoEvent.Entities),
        _ => VisibleText.Of($"{demoEvent.Document}: {string.Join(", ", demoEvent.Surfaces.Zip(demoEvent.Entities, (surface, entity) => $"[{surface} {entity.Label}]"))}", keepLines: false),
    };
}
