namespace StreamNer.Streams.Consuming;

/// <summary>What finishes batches, as far as the consumer knows it: it can be asked to hurry.</summary>
internal interface IFinishing
{
    /// <summary>
    /// The consumer begins or ends to wait for what is under way: nothing may wait for more while it does. Calls count: who waits twice is
    /// in a hurry until both are over.
    /// </summary>
    void Hurry(bool waits);
}
