using System.Diagnostics;
using System.Net.Sockets;
using StreamNer.Inference.Files;

namespace StreamNer.Inference.Tests.Files;

public sealed class BoundedFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("streamner-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_file_up_to_the_limit_is_read_whole_through_links()
    {
        var path = Write("file", 37);
        File.CreateSymbolicLink(PathOf("link"), path);
        File.CreateSymbolicLink(PathOf("link-to-link"), PathOf("link"));
        Assert.Equal(File.ReadAllBytes(path), BoundedFile.Read(PathOf("link-to-link"), [], maxBytes: 37));
    }

    [Fact]
    public void A_file_above_the_limit_is_named_with_its_size_and_the_limit()
    {
        Assert.Equal($"{PathOf("file")}: has 38 bytes, at most 37 are read; is it the right file?", Problem(Write("file", 38), 37));
        List<string> problems = [];
        Assert.Null(BoundedFile.Read(PathOf("file"), problems, 37, "A:Setting"));
        Assert.EndsWith("has 38 bytes, the limit is 37 (A:Setting)", Assert.Single(problems));
    }

    [Fact]
    public void A_device_is_not_read() => AssertNotRegular("/dev/zero");

    [Fact]
    public void A_link_to_a_device_is_not_read()
    {
        File.CreateSymbolicLink(PathOf("link"), "/dev/zero");
        AssertNotRegular(PathOf("link"));
    }

    [Fact]
    public void A_pipe_that_nobody_writes_to_is_not_waited_for()
    {
        Process.Start("mkfifo", PathOf("pipe")).WaitForExit();
        AssertNotRegular(PathOf("pipe"));
    }

    [Fact]
    public void A_socket_is_not_read()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(PathOf("socket")));
        AssertNotRegular(PathOf("socket"));
    }

    [Fact]
    public void A_folder_is_not_read() => AssertNotRegular(_folder);

    [Fact]
    public void A_link_that_leads_to_itself_is_not_followed_for_ever()
    {
        File.CreateSymbolicLink(PathOf("a"), PathOf("b"));
        File.CreateSymbolicLink(PathOf("b"), PathOf("a"));
        Assert.Contains("can't be read", Problem(PathOf("a"), 37));
    }

    [Fact]
    public void A_file_that_is_not_there_is_named() => Assert.Contains("no-such-file: can't be read", Problem(PathOf("no-such-file"), 37));

    [Fact]
    public void A_file_that_states_no_size_is_read_up_to_the_limit()
    {
        // The kernel says that these have 0 bytes.
        Assert.SkipUnless(OperatingSystem.IsLinux(), "there is no /proc");
        Assert.NotEmpty(BoundedFile.Read("/proc/self/status", [])!);
        Assert.Contains("has 11 bytes, at most 10 are read", Problem("/proc/self/status", 10));
    }

    private static void AssertNotRegular(string path)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no such files");
        Assert.Contains($"{path}: can't be read: {path} is no regular file", Problem(path, BoundedFile.MaxBytes));
    }

    private static string Problem(string path, long maxBytes)
    {
        List<string> problems = [];
        Assert.Null(BoundedFile.Read(path, problems, maxBytes));
        return Assert.Single(problems);
    }

    private string Write(string name, int length)
    {
        File.WriteAllBytes(PathOf(name), [.. Enumerable.Range(0, length).Select(i => (byte)i)]);
        return PathOf(name);
    }

    private string PathOf(string name) => Path.Combine(_folder, name);
}
