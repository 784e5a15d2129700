namespace StreamNer.Streams.DeadLetters;

/// <summary>Which dead letters are meant.</summary>
/// <param name="Stage">Only those of this stage; null for any.</param>
/// <param name="Code">Only those of this code; null for any.</param>
internal sealed record DeadLetterFilter(string? Stage, string? Code)
{
    public bool Takes(DeadLetter letter) => (Stage is null || letter.Stage == Stage) && (Code is null || letter.Code == Code);
}
