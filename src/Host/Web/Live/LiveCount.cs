namespace StreamNer.Host.Web.Live;

/// <summary>What went past while somebody looked on.</summary>
/// <param name="Published">Events and dead letters that the broker took.</param>
/// <param name="Shown">Those of them that were in the sample.</param>
internal readonly record struct LiveCount(long Published, long Shown)
{
    /// <summary>What was added since another count.</summary>
    public static LiveCount operator -(LiveCount now, LiveCount since) => new(now.Published - since.Published, now.Shown - since.Shown);
}
