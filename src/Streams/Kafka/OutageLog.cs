namespace StreamNer.Streams.Kafka;

/// <summary>Remembers whether the brokers are gone, so that an outage is told once when it begins and once when it ends.</summary>
internal sealed class OutageLog
{
    private int _down;

    /// <summary>True from the beginning of an outage to its end.</summary>
    public bool IsOpen => Volatile.Read(ref _down) == 1;

    /// <summary>Notes that no broker can be reached.</summary>
    /// <returns>True when this is news.</returns>
    public bool Begins() => Interlocked.Exchange(ref _down, 1) == 0;

    /// <summary>Notes that a broker answered.</summary>
    /// <returns>True when this is news.</returns>
    public bool Ends() => IsOpen && Interlocked.Exchange(ref _down, 0) == 1;
}
