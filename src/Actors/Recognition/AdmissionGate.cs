namespace StreamNer.Actors.Recognition;

/// <summary>Bounds the tokens between admission and decoding, so that one long document waits for room but is never refused.</summary>
/// <remarks>
/// Before a document is cut nobody knows its tokens, so it is let in on an estimate that its real number replaces. Below the limit one more
/// document is always let in, whatever its size: the bound is the limit plus one document for each chunk.
/// </remarks>
internal sealed class AdmissionGate(int maxTokens)
{
    /// <summary>Tokens let in and not yet out.</summary>
    public long Tokens { get; private set; }

    public bool IsOpen => Tokens < maxTokens;

    /// <summary>What a text is likely to become: English has about four characters a piece, so this is seldom too low by much.</summary>
    public static int Estimate(string text) => text.Length / 4 + 2;

    public void Enter(long tokens) => Tokens += tokens;

    public void Correct(long estimate, long tokens) => Tokens += tokens - estimate;

    public void Leave(long tokens) => Tokens -= tokens;
}
