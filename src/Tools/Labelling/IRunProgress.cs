namespace StreamNer.Tools.Labelling;

/// <summary>Is told how far a run over many documents or sentences is. One thread at a time.</summary>
internal interface IRunProgress
{
    /// <summary>Tells that a batch is done.</summary>
    /// <param name="amount">What the batch adds: bytes of the input, or the same unit as <paramref name="done"/>.</param>
    /// <param name="done">Documents or sentences done since the beginning.</param>
    void Advance(long amount, long done);
}
