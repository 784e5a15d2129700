using System.Diagnostics;

namespace StreamNer.Cli.Demo;

/// <summary>Counts what came through: documents, entities, time. One caller at a time.</summary>
/// <param name="expected">How many documents the demo sends.</param>
internal sealed class DemoScore(int expected)
{
    private readonly long[] _sent = new long[expected];
    private readonly bool[] _seen = new bool[expected];
    private readonly List<double> _latencies = new(expected);
    private readonly SortedDictionary<string, int> _labels = new(StringComparer.Ordinal);
    private long _begun;
    private long _ended;

    /// <summary>How many documents the demo sends.</summary>
    public int Expected { get; } = expected;

    /// <summary>How many of them have come through, as an event or as a dead letter.</summary>
    public int Through { get; private set; }

    /// <summary>Dead letters among them.</summary>
    public int DeadLetters { get; private set; }

    /// <summary>Entities found in them.</summary>
    public int Entities { get; private set; }

    /// <summary>Entities by label.</summary>
    public IReadOnlyDictionary<string, int> Labels => _labels;

    /// <summary>Whether all are through.</summary>
    public bool IsComplete => Through == Expected;

    /// <summary>Time from the first document sent to the last event seen.</summary>
    public TimeSpan Elapsed => _ended <= _begun ? TimeSpan.Zero : Stopwatch.GetElapsedTime(_begun, _ended);

    /// <summary>Documents a second, over <see cref="Elapsed"/>.</summary>
    public double Rate => Elapsed > TimeSpan.Zero ? Through / Elapsed.TotalSeconds : 0;

    /// <summary>
    /// Notes that a document is being sent. May be called beside <see cref="Add"/>, from one other thread, before the document is sent.
    /// </summary>
    public void Sent(int number, long at)
    {
        if (number == 0)
            _begun = at;
        Volatile.Write(ref _sent[number], at);
    }

    /// <summary>Counts an event.</summary>
    /// <returns>False when it is none of the demo's documents, or a second event of one.</returns>
    public bool Add(DemoEvent demoEvent)
    {
        if (demoEvent.Number is not { } number || number < 0 || number >= Expected || _seen[number])
            return false;

        _seen[number] = true;
        Through++;
        _ended = demoEvent.At;
        _latencies.Add(Stopwatch.GetElapsedTime(Volatile.Read(ref _sent[number]), demoEvent.At).TotalMilliseconds);
        if (demoEvent.DeadLetter is not null)
            DeadLetters++;
        foreach (var entity in demoEvent.Entities)
        {
            Entities++;
            _labels[entity.Label] = _labels.GetValueOrDefault(entity.Label) + 1;
        }

        return true;
    }

    /// <summary>
    /// The latency in milliseconds that a share of the documents did not exceed, from being sent to the event being seen.
    /// </summary>
    /// <param name="share">0..1.</param>
    public double Latency(double share)
    {
        if (_latencies.Count == 0)
            return 0;

        var sorted = _latencies.Order().ToArray();
        return sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }
}
