using System.Diagnostics;
using Microsoft.Playwright;
using Strata.Core;
using Strata.Testing;

namespace Strata.Measure.Tests;

/// <summary>Chromium out of the toolbox (set <c>browser</c>), steered by Playwright. Skips the test where <c>STRATA_TEST_BROWSER</c> does not name its tree.</summary>
/// <remarks>
/// Chromium looks for its data beside the program that runs, and that is the loader of the tree; so a folder is made in which a copy of the loader lies
/// beside links to the data, and its further processes are started through the same script.
/// </remarks>
internal sealed class Browser : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    private Browser()
    {
    }

    /// <summary>Starts it.</summary>
    public static async Task<Browser> StartAsync()
    {
        string? root = Environment.GetEnvironmentVariable("STRATA_TEST_BROWSER");
        Skip.If(root is null, "STRATA_TEST_BROWSER does not name a tree with Chromium; './test' sets it");
        Browser made = new();
        try
        {
            string program = made.Prepare(root!);
            made._playwright = await Playwright.CreateAsync();
            made._browser = await made._playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = program,
                Headless = true,
                ChromiumSandbox = false,
                Args = ["--disable-gpu", "--no-zygote", "--disable-dev-shm-usage", "--disable-breakpad"],
                Env = new Dictionary<string, string> { ["FONTCONFIG_FILE"] = made._folder["fonts.conf"], ["HOME"] = made._folder.Path },
                Timeout = 60_000,
            });
            return made;
        }
        catch
        {
            await made.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a page from a file; every request that is not for that file fails the test.</summary>
    public async Task<(IPage Page, TimeSpan Opened)> OpenAsync(string html, ColorScheme scheme, List<string> problems)
    {
        string file = _folder["report.html"];
        await File.WriteAllTextAsync(file, html);
        IPage page = await _browser!.NewPageAsync(new BrowserNewPageOptions { ColorScheme = scheme, ViewportSize = new ViewportSize { Width = 1280, Height = 900 }, Offline = true });
        page.Request += (_, request) =>
        {
            if (!request.Url.EndsWith("/report.html", StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal))
            {
                problems.Add("it asks for " + request.Url);
            }
        };
        page.Console += (_, message) => problems.Add($"console: {message.Text}");
        page.PageError += (_, message) => problems.Add($"error: {message}");
        long start = Stopwatch.GetTimestamp();
        await page.GotoAsync("file://" + file, new PageGotoOptions { WaitUntil = WaitUntilState.Load });
        await page.WaitForSelectorAsync("#map g");
        return (page, Stopwatch.GetElapsedTime(start));
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.CloseAsync();
        }
        _playwright?.Dispose();
        _folder.Dispose();
    }

    private string Prepare(string root)
    {
        foreach (string data in Directory.GetFileSystemEntries(Path.Combine(root, "usr/lib/chromium")))
        {
            File.CreateSymbolicLink(_folder[Path.GetFileName(data)], data);
        }
        string loader = _folder["loader"];
        File.Copy(Path.Combine(root, "usr/lib64/ld-linux-x86-64.so.2"), loader);
        File.SetUnixFileMode(loader, (UnixFileMode)Modes.Program);
        string libraries = string.Join(':', new[] { "usr/lib/chromium", "usr/lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu/pulseaudio" }.Select(f => Path.Combine(root, f)));
        string script = _folder["browser"];
        File.WriteAllText(script, $"#!/bin/sh\nexec '{loader}' --library-path '{libraries}' '{root}/usr/lib/chromium/chromium' --browser-subprocess-path='{script}' \"$@\"\n");
        File.SetUnixFileMode(script, (UnixFileMode)Modes.Program);
        File.WriteAllText(
            _folder["fonts.conf"],
            $"<?xml version=\"1.0\"?><!DOCTYPE fontconfig SYSTEM \"fonts.dtd\"><fontconfig><dir>{root}/usr/share/fonts</dir><cachedir>{_folder["fonts"]}</cachedir></fontconfig>");
        return script;
    }
}
