using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using StreamNer.Host.Observability;
using StreamNer.Inference.Domain;

namespace StreamNer.Cli.Terminal;

/// <summary>Shows a status in a terminal: what <c>streamner top</c> draws.</summary>
internal static class StatusView
{
    private const int BarWidth = 20;
    private const int MostPartitions = 12;
    private const int MostLanes = 12;
    private const int MostNodes = 12;

    /// <summary>Draws one status.</summary>
    /// <param name="url">Where it comes from.</param>
    /// <param name="status">What to show.</param>
    /// <param name="width">Columns that there are.</param>
    public static IRenderable Of(Uri url, ServiceStatus status, int width)
    {
        var (now, totals) = (status.Now, status.Totals);
        var head = new Paragraph();
        head.Append("StreamNer ", new Style(decoration: Decoration.Bold));
        head.Append(Line($"{url}  {status.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z  points of {status.IntervalSeconds:0.#} s"),
            new Style(decoration: Decoration.Dim));
        IRenderable[] nodes = status.Cluster is { } cluster ? [Nodes(cluster, status.Lanes), Text.Empty] : [];
        return new Rows(
        [
            head,
            Text.Empty,
            Rates(status, Math.Clamp(width - 46, 12, 60)),
            Text.Empty,
            .. nodes,
            Lanes(status.Lanes, status.Cluster),
            Text.Empty,
            Partitions(status.Partitions, now.Lag),
            Text.Empty,
            DeadLetters(status.DeadLetters),
            Text.Empty,
            new Text(Line($"since the start: {totals.Consumed:N0} consumed, {totals.Published:N0} published, ")
                + Line($"{totals.Entities:N0} entities, ")
                + Line($"{totals.DeadLettered:N0} dead letters, {totals.Tombstones:N0} tombstones, ")
                + Line($"{totals.Restarts:N0} restarts of the graph")),
        ]);
    }

    private static Grid Rates(ServiceStatus status, int width)
    {
        var (now, history) = (status.Now, status.History);
        var grid = Columns(4);
        Add("documents/s", Line($"{now.DocumentsPerSecond:N1}"), "", point => point.DocumentsPerSecond);
        Add("entities/s", Line($"{now.EntitiesPerSecond:N1}"), "", point => point.EntitiesPerSecond);
        Add("latency p95", Seconds(now.LatencySeconds.P95), now.LatencySeconds is { P50: { } p50, P99: { } p99 }
            ? $"p50 {Seconds(p50)}  p99 {Seconds(p99)}" : "", point => point.LatencySeconds.P95);
        Add("in flight", Line($"{now.DocumentsInFlight:N0}"), "documents", point => point.DocumentsInFlight);
        Add("queue", Line($"{now.QueueTokens:N0}"), "tokens", point => point.QueueTokens);
        Add("batch", now.BatchSize is { } size ? Line($"{size:N1}") : "-", now.PaddingRatio is { } padding
            ? Line($"windows, padding {padding:P1}") : "windows", point => point.BatchSize);
        Add("lag", now.Lag is { } lag ? Line($"{lag:N0}") : "-", "records", point => point.Lag);
        Add("dead letters/s", Line($"{now.DeadLettersPerSecond:N1}"), "", point => point.DeadLettersPerSecond, now.DeadLettersPerSecond > 0
            ? Color.Red : null);
        if (now.Pool is { } pool)
        {
            Add("round trip p95", Seconds(pool.RoundTripSeconds.P95), Line($"{pool.BatchesPerSecond:N1} batches/s to other nodes"),
                point => point.Pool?.RoundTripSeconds.P95);
            Add("sent", Bytes(pool.SentBytesPerSecond), "a second", point => point.Pool?.SentBytesPerSecond);
            Add("received", Bytes(pool.ReceivedBytesPerSecond), "a second", point => point.Pool?.ReceivedBytesPerSecond);
        }

        return grid;

        void Add(string name, string value, string unit, Func<StatusPoint, double?> of, Color? colour = null) => grid.AddRow(
            new Text(name), new Text(value, new Style(colour, decoration: Decoration.Bold))
                .RightJustified(), new Text(unit, new Style(decoration: Decoration.Dim)),
            new Text(Sparkline.Of(history.Select(of), width), new Style(Color.DodgerBlue1)));
    }

    private static Rows Nodes(StatusCluster cluster, IReadOnlyList<StatusLane> lanes)
    {
        var grid = Columns(5);
        grid.AddRow(Dim("node"), Dim("roles"), Dim("state"), Dim("lanes ready").RightJustified(), Dim(""));

        // Those that something is the matter with, when there is no room for all.
        foreach (var node in cluster.Nodes.Count <= MostNodes ? cluster.Nodes
            : cluster.Nodes.OrderBy(node => node.State == "Up" && node.Refusals.Count == 0).Take(MostNodes))
        {
            var isOwn = node.Address == cluster.Address;
            StatusLane[] its = [.. lanes.Where(lane => isOwn ? lane.Node is null : lane.Node == node.Address)];
            grid.AddRow(
                Visible(node.Address), Visible(string.Join(", ", node.Roles)),
                new Text(VisibleText.Of(node.State, keepLines: false), new Style(node.State == "Up" ? Color.Green3 : Color.Orange1)),
                new Text(its.Length == 0 ? "-" : Line($"{its.Count(lane => lane.State == "Ready")} of {its.Length}")).RightJustified(),
                new Text(isOwn ? "this one" : ""));
        }

        IRenderable[] more = cluster.Nodes.Count > MostNodes ? [new Text(Line($"and {cluster.Nodes.Count - MostNodes} nodes more"))] : [];
        return new Rows(
        [
            grid,
            .. more,
            .. cluster.Nodes.SelectMany(node => node.Refusals, (node, refusal) => new Text(
                VisibleText.Of($"{node.Address} gives no lanes: {refusal.Reason}", keepLines: false), new Style(Color.Orange1)))
                .Take(MostNodes),
        ]);
    }

    private static IRenderable Lanes(IReadOnlyList<StatusLane> lanes, StatusCluster? cluster)
    {
        if (lanes.Count == 0)
            return new Text("lanes          none has answered");

        var grid = Columns(5);
        foreach (var lane in lanes.Take(MostLanes))
        {
            var node = cluster is null ? "" : $" of {lane.Node ?? cluster.Address}";
            var filled = (int)Math.Round(Math.Clamp(lane.BusyRatio ?? 0, 0, 1) * BarWidth);
            grid.AddRow(
                new Text(Line($"lane {lane.Lane}")), Visible($"{lane.Model} on {lane.Device}{node}"),
                new Text(VisibleText.Of(lane.State, keepLines: false), new Style(lane.State == "Ready" ? Color.Green3 : Color.Orange1)),
                new Text(lane.Node is not null ? "" : $"{new string('█', filled)}{new string('░', BarWidth - filled)} "
                    + $"{(lane.BusyRatio is { } busy ? Line($"{busy:P0} busy") : "busy not known yet")}"),
                new Text(lane.Restarts > 0 ? Line($"{lane.Restarts} restarts") : ""));
        }

        return lanes.Count > MostLanes ? new Rows(grid, new Text(Line($"and {lanes.Count - MostLanes} lanes more"))) : grid;
    }

    private static IRenderable Partitions(IReadOnlyList<StatusPartition> partitions, long? lag)
    {
        if (partitions.Count == 0)
            return new Text("partitions     none is assigned");

        var grid = Columns(4);
        grid.AddRow(Dim("partition"), Dim("lag").RightJustified(), Dim("position").RightJustified(), Dim("committed").RightJustified());

        // The ones that lag most, when there is no room for all.
        foreach (var partition in partitions.Count <= MostPartitions ? partitions
            : [.. partitions.OrderByDescending(partition => partition.Lag ?? 0).Take(MostPartitions)])
        {
            grid.AddRow(
                new Text(Line($"{VisibleText.Of(partition.Topic, keepLines: false)}/{partition.Partition}")), Number(partition.Lag),
                    Number(partition.Position), Number(partition.Committed));
        }

        return partitions.Count > MostPartitions
            ? new Rows(grid, new Text(Line($"and {partitions.Count - MostPartitions} partitions more; lag of all: {lag:N0}"))) : grid;
    }

    private static IRenderable DeadLetters(IReadOnlyList<StatusDeadLetters> kinds)
    {
        if (kinds.Count == 0)
            return new Text("dead letters   none");

        var grid = Columns(3);
        grid.AddRow(Dim("dead letters"), Dim("stage"), Dim("code"));
        foreach (var kind in kinds)
        {
            grid.AddRow(Number(kind.Count), new Text(VisibleText.Of(kind.Stage, keepLines: false)),
                new Text(VisibleText.Of(kind.Code, keepLines: false), new Style(Color.Red)));
        }

        return grid;
    }

    private static Grid Columns(int count)
    {
        var grid = new Grid();
        for (var i = 0; i < count; i++)
            grid.AddColumn(new GridColumn().NoWrap().PadRight(2));
        return grid;
    }

    private static Text Visible(string text) => new(VisibleText.Of(text, keepLines: false));

    private static Text Dim(string text) => new(text, new Style(decoration: Decoration.Dim));

    private static Text Number(long? number) => new Text(number is { } known ? Line($"{known:N0}") : "-").RightJustified();

    private static string Bytes(double bytes) => bytes switch
    {
        >= 1e9 => Line($"{bytes / 1e9:N1} GB"),
        >= 1e6 => Line($"{bytes / 1e6:N1} MB"),
        >= 1e3 => Line($"{bytes / 1e3:N1} kB"),
        _ => Line($"{bytes:N0} B"),
    };

    private static string Seconds(double? seconds) => seconds switch
    {
        null => "-",
        < 1 => Line($"{seconds * 1000:N0} ms"),
        _ => Line($"{seconds:N1} s"),
    };

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
