using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using StreamNer.Cli.Terminal;
using StreamNer.Inference.Domain;

namespace StreamNer.Cli.Demo;

/// <summary>Shows the demo to a person. One caller at a time.</summary>
internal interface IDemoView
{
    /// <summary>Says what the demo waits for.</summary>
    void Waiting(string what);

    /// <summary>Shows one event.</summary>
    /// <param name="demoEvent">The event.</param>
    /// <param name="text">The document; null when somebody else sent it.</param>
    /// <param name="score">What has come through, this one included.</param>
    void Show(DemoEvent demoEvent, string? text, DemoScore score);

    /// <summary>Brings the display up to date. Called often, whether or not something came.</summary>
    void Refresh(DemoScore score);
}

/// <summary>
/// Shows the demo on a terminal: the newest documents with their entities in colour, and below them count, rate and latency.
/// </summary>
internal sealed class DemoLive(LiveDisplayContext live, int rows, TimeProvider clock) : IDemoView
{
    private static readonly TimeSpan BetweenFrames = TimeSpan.FromMilliseconds(80);

    private readonly Queue<IRenderable> _newest = new();
    private long _drawn;
    private string? _waiting;

    /// <inheritdoc/>
    public void Waiting(string what)
    {
        _waiting = what;
        live.UpdateTarget(new Markup($"[yellow]{Markup.Escape(what)}[/]"));
    }

    /// <inheritdoc/>
    public void Show(DemoEvent demoEvent, string? text, DemoScore score)
    {
        _waiting = null;
        _newest.Enqueue(text is null || demoEvent.DeadLetter is not null
            ? new Text(DemoLines.Line(demoEvent, text))
            : EntityHighlighter.Coloured(text.ReplaceLineEndings(" "), demoEvent.EntitiesIn(text)));
        if (_newest.Count > rows)
            _newest.Dequeue();
    }

    /// <inheritdoc/>
    public void Refresh(DemoScore score)
    {
        if (_waiting is not null || (clock.GetElapsedTime(_drawn) < BetweenFrames && !score.IsComplete))
            return;

        _drawn = clock.GetTimestamp();
        live.UpdateTarget(new Rows([.. _newest, Text.Empty, Status(score)]));
    }

    private static Columns Status(DemoScore score) => new(
        new BreakdownChart { Width = 30, ShowTags = false }
            .AddItem("through", score.Through, Color.Green3)
            .AddItem("to come", score.Expected - score.Through, Color.Grey),
        new Text(string.Create(
            CultureInfo.InvariantCulture,
            $"{score.Through:N0} of {score.Expected:N0}   {score.Rate:N0} documents/s   {score.Entities:N0} entities   latency p50 "
                + $"{score.Latency(0.5):N0} ms, p99 {score.Latency(0.99):N0} ms")))
    {
        Expand = false,
    };
}

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
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[{score.Through}/{score.Expected}] {Line(demoEvent, text)}"));
        }
        else if (score.Through % BetweenLines == 0 || score.IsComplete)
        {
            output.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"[{score.Through}/{score.Expected}] {score.Rate:N0} documents/s"));
        }
    }

    /// <inheritdoc/>
    public void Refresh(DemoScore score) => output.Flush();

    /// <summary>One event on one line: the marked text, or what is known of it.</summary>
    public static string Line(DemoEvent demoEvent, string? text) => demoEvent switch
    {
        { DeadLetter: { } reason } => $"dead letter, {VisibleText.Of(reason, keepLines: false)}",
        _ when text is not null => EntityHighlighter.Plain(text, demoEvent.EntitiesIn(text)),
        _ => VisibleText.Of($"{demoEvent.Document}: "
            + $"{string.Join(", ", demoEvent.Surfaces.Zip(demoEvent.Entities, (surface, entity) => $"[{surface} {entity.Label}]"))}",
            keepLines: false),
    };
}
