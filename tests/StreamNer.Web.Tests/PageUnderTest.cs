using Microsoft.Playwright;

namespace StreamNer.Web.Tests;

/// <summary>A page in a browser, and everything that went wrong in it.</summary>
internal sealed class PageUnderTest : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly Uri _address;
    private readonly List<string> _complaints = [];

    public PageUnderTest(IBrowserContext context, IPage page, Uri address)
    {
        _context = context;
        _address = address;
        Page = page;
        page.PageError += (_, error) => Complain(error);
        page.Console += (_, message) =>
        {
            // Chromium tells every answer that is no success; those that matter show in the page.
            if (message.Type == "error" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
                Complain(message.Text);
        };
        page.Dialog += async (_, dialog) =>
        {
            Complain($"a dialog opened: {dialog.Message}");
            await dialog.DismissAsync();
        };
    }

    public IPage Page { get; }

    /// <summary>Script errors, refusals of the content security policy, and dialogs. A page that works has none.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (_complaints)
                return [.. _complaints];
        }
    }

    public ILocator this[string selector] => Page.Locator(selector);

    /// <summary>Goes to a view.</summary>
    public async Task<PageUnderTest> AtAsync(string fragment)
    {
        await Page.GotoAsync(new Uri(_address, $"/#{fragment}").ToString());
        return this;
    }

    /// <summary>Types a text into the field as if it had been pasted, and waits for its labels.</summary>
    public async Task LabelAsync(string text)
    {
        await this["#text"].FillAsync(text);
        await Assertions.Expect(this["#answer"]).ToContainTextAsync(" in ");
    }

    /// <summary>The marks as they stand in the page: where they begin and end in the text, and their labels.</summary>
    public Task<Mark[]> MarksAsync(string within = "#output") => Page.EvaluateAsync<Mark[]>(
        """
        within => {
          const root = document.querySelector(within);
          const words = node => node.nodeType === Node.TEXT_NODE ? node.data
            : node.classList?.contains('label') ? '' : [...node.childNodes].map(words).join('');
          const label = mark => mark.querySelector(':scope > .label').textContent;
          return [...root.querySelectorAll('mark')].map(mark => ({ start: before(mark), text: words(mark), label: label(mark) }));
          function before(mark) {
            let length = 0;
            const walk = node => {
              if (node === mark)
                return true;
              if (node.nodeType === Node.TEXT_NODE)
                length += node.data.length;
              else if (!node.classList?.contains('label'))
                for (const child of node.childNodes)
                  if (walk(child))
                    return true;
              return false;
            };
            walk(root);
            return length;
          }
        }
        """,
        within);

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    private void Complain(string what)
    {
        lock (_complaints)
            _complaints.Add(what);
    }

    /// <summary>An entity as a person sees it.</summary>
    internal sealed class Mark
    {
        public int Start { get; set; }

        public string Text { get; set; } = "";

        public string Label { get; set; } = "";
    }
}
