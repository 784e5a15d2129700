namespace StreamNer.Host.Web.Access;

/// <summary>Marks an endpoint that needs no key.</summary>
internal sealed class OpenToAll
{
    /// <summary>The mark.</summary>
    public static OpenToAll Instance { get; } = new();

    private OpenToAll()
    {
    }
}
