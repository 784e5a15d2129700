namespace StreamNer.Host.Web.Page;

/// <summary>Marks an endpoint that is a file of the page, not of the API.</summary>
internal sealed class PartOfPage
{
    /// <summary>The mark.</summary>
    public static PartOfPage Instance { get; } = new();

    private PartOfPage()
    {
    }
}
