using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using StreamNer.Cli.Terminal;

namespace StreamNer.Cli.Demo;

/// <summary>Shows the demo on a terminal: the newest documents with their entities in colour, and below them count, rate and latency.</summary>
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
            : EntityHighlighter.Coloured(text.ReplaceLineEndings(" "), demoEvent.Entities));
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
            $"{score.Through:N0} of {score.Expected:N0}   {score.Rate:N0} documents/s   {score.Entities:N0} entities   latency p50 {score.Latency(0.5):N0} ms, p99 {score.Latency(0.99):N0} ms")))
    {
        Expand = false,
    };
}
