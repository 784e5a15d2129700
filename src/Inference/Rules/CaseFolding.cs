namespace StreamNer.Inference.Rules;

/// <summary>Makes capital and small letters the same, character by character, for all of Unicode and whatever the machine's language.</summary>
/// <remarks>
/// Small letter of the capital letter, so that the three sigmas are one. What is one character in one case and two in the other stays apart:
/// <c>ß</c> is not <c>SS</c>; nor are the Turkish <c>İ</c> and <c>ı</c> the Latin <c>i</c>. Lengths never change.
/// </remarks>
internal static class CaseFolding
{
    /// <summary>Folds a unit into a buffer.</summary>
    /// <param name="unit">The characters.</param>
    /// <param name="buffer">At least twice as long as the unit.</param>
    /// <returns>The folded characters, in the buffer.</returns>
    public static ReadOnlySpan<char> Fold(ReadOnlySpan<char> unit, Span<char> buffer)
    {
        var capital = buffer[..unit.Length];
        var folded = buffer.Slice(unit.Length, unit.Length);
        unit.ToUpperInvariant(capital);
        ((ReadOnlySpan<char>)capital).ToLowerInvariant(folded);
        return folded;
    }
}
