namespace StreamNer.Cli.Demo;

/// <summary>Shows the demo to a person. One caller at a time.</summary>
internal interface IDemoView
{
    /// <summary>Says what the demo waits for.</summary>
    void Waiting(string what);

    /// <summary>Shows one event.</summary>
    /// <param name="demoEvent">The event.</param>
    /// <param name="text">The document; null when somebody else sent it.</param>
    /// <param name="score">What has come through, this one included.</param>
    void Show(DemoEvent demoEvent, string? text, DemoScore score);

    /// <summary>Brings the display up to date. Called often, whether or not something came.</summary>
    void Refresh(DemoScore score);
}
