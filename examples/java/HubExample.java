import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongConsumer;

/** The test. Needs `cpis-hub` on the PATH and Java 17; run it with: java HubExample.java */
public final class HubExample {
  private static final String ROBIN = "9990000018";
  private static final String HALTON = "E06000006";
  private static final String NURSE = """
      { "organisation": { "odsCode": "RBN01", "name": "Whiston Hospital (simulated)" },
        "user": { "id": "555500000001", "name": "Jo Bright", "roleName": "Nurse" } }""";

  private final Hub hub;
  /** How long the department would have waited each time, in seconds. */
  private final List<Long> waits = new ArrayList<>();
  private final EmergencyDepartment department;

  private HubExample(Hub hub) throws Exception {
    this.hub = hub;
    this.department = new EmergencyDepartment(hub.url, NURSE, waits::add);
    hub.ask("POST", "/tester/reset", "");
    hub.ask("PUT", "/tester/clock", "{ \"now\": \"2026-11-24T09:30:00Z\", \"frozen\": true }");
    hub.ask("POST", "/tester/seed", """
        { "plans": [
          { "authorityCode": "E06000006", "nhsNumber": "%1$s", "planType": "CPP", "startDate": "2026-03-02" },
          { "authorityCode": "E08000011", "nhsNumber": "%1$s", "planType": "LAC", "startDate": "2025-09-15" }
        ] }""".formatted(ROBIN));
  }

  public static void main(String[] args) throws Exception {
    try (Hub hub = new Hub()) {
      new HubExample(hub).showsEveryPlan();
      new HubExample(hub).waitsAsLongAsABusyHubSays();
      new HubExample(hub).reportsAVisitOnceThoughItsReplyWasLost();
      new HubExample(hub).neverTakesSilenceForNoPlan();
      System.out.println("HubExample: 4 tests passed");
    } catch (AssertionError | Exception wrong) {
      System.err.println("HubExample: " + wrong.getMessage());
      System.exit(1);
    }
  }

  private void showsEveryPlan() throws Exception {
    List<String> shown = department.show(department.lookUp(ROBIN));
    check(shown.size() == 2, "a child of two authorities has two plans, not " + shown);
    check(
        shown.get(0).equals("Child protection plan, Halton: by day 01632 960005, by night 01632 960405"),
        "the plan is shown with both telephone numbers, not as " + shown.get(0));
    check(shown.get(1).contains("Knowsley"), "the other authority is shown too, not " + shown.get(1));
  }

  private void waitsAsLongAsABusyHubSays() throws Exception {
    fault("/v1/lookups", 2, "{ \"status\": 503, \"retryAfterSeconds\": 3 }");
    department.lookUp(ROBIN);
    check(waits.equals(List.of(3L, 3L)), "it waits three seconds twice, not " + waits);
    check(told().equals(List.of("access")), "the authority is told once, not " + told());
  }

  private void reportsAVisitOnceThoughItsReplyWasLost() throws Exception {
    Map<String, Object> known = department.lookUp(ROBIN);
    fault("/v1/attendances", 1, "{ \"drop\": \"after\" }");
    List<Object> notified = department.reportArrival(known, "2026-11-24T09:25:00Z");
    check(notified.contains(HALTON), "Halton is told of the visit, not only " + notified);
    List<String> told = told();
    check(told.equals(List.of("access", "attendance")), "it is told of it once, not " + told);
  }

  private void neverTakesSilenceForNoPlan() throws Exception {
    fault("/v1/lookups", 5, "{ \"drop\": \"before\" }");
    try {
      department.lookUp(ROBIN);
    } catch (IOException silence) {
      return;
    }
    check(false, "a lookup that has no answer fails");
  }

  private void fault(String route, int times, String what) throws Exception {
    String fault = "{ \"match\": { \"route\": \"%s\" }, \"times\": %d, \"do\": %s }";
    hub.ask("POST", "/tester/faults", fault.formatted(route, times, what));
  }

  /** The kinds of what Halton has been told, oldest first. */
  private List<String> told() throws Exception {
    List<String> kinds = new ArrayList<>();
    Object queue = hub.ask("GET", "/v1/authorities/" + HALTON + "/notifications", "").get("items");
    for (Object item : (List<?>) queue) kinds.add((String) ((Map<?, ?>) item).get("kind"));
    return kinds;
  }

  private static void check(boolean holds, String wish) {
    if (!holds) throw new AssertionError(wish);
  }
}

/** The client: the system of an emergency department, as far as the hub sees it. */
final class EmergencyDepartment {
  private static final int ATTEMPTS_MAX = 5;
  private static final long WAIT_SECONDS = 1;
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final HttpClient http = HttpClient.newHttpClient();
  private final String hubUrl;
  private final String requester;
  private final LongConsumer wait;

  EmergencyDepartment(String hubUrl, String requester, LongConsumer wait) {
    this.hubUrl = hubUrl;
    this.requester = requester;
    this.wait = wait;
  }

  /** What is known of a child. An IOException means that the hub cannot be had, never that there is no plan. */
  Map<String, Object> lookUp(String nhsNumber) throws IOException, InterruptedException {
    String lookup = "{ \"nhsNumber\": %s, \"requester\": %s }";
    return post("/v1/lookups", lookup.formatted(Json.quote(nhsNumber), requester));
  }

  /** Tells the authorities of the visit itself, which the lookup did not; answers who is told. */
  List<Object> reportArrival(Map<String, Object> known, String at) throws IOException, InterruptedException {
    String accessId = "";
    if (known.get("access") instanceof Map<?, ?> access) {
      accessId = "\"accessId\": %s, ".formatted(Json.quote((String) access.get("id")));
    }
    String visit = """
        { "nhsNumber": %s, "requester": %s, %s"service": "emergency-department", "event": "arrived", "at": %s }""";
    String nhsNumber = Json.quote((String) known.get("nhsNumber"));
    Map<String, Object> reply =
        post("/v1/attendances", visit.formatted(nhsNumber, requester, accessId, Json.quote(at)));
    return List.copyOf((List<?>) reply.get("notified"));
  }

  /** Every plan, each with whom to ring. */
  List<String> show(Map<String, Object> known) {
    List<String> lines = new ArrayList<>();
    for (Object each : (List<?>) known.get("plans")) {
      Map<?, ?> plan = (Map<?, ?>) each;
      Map<?, ?> authority = (Map<?, ?>) plan.get("authority");
      lines.add("%s, %s: by day %s, by night %s".formatted(
          plan.get("planName"), authority.get("name"),
          authority.get("officeHoursPhone"), authority.get("emergencyDutyPhone")));
    }
    return lines;
  }

  /** One key for all attempts: the hub does the work once, however many of them reach it. */
  private Map<String, Object> post(String path, String message) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(hubUrl + path))
        .header("Content-Type", "application/json")
        .header("Idempotency-Key", UUID.randomUUID().toString())
        .timeout(TIMEOUT)
        .POST(BodyPublishers.ofString(message))
        .build();
    for (int attempt = 1; ; attempt += 1) {
      long seconds = WAIT_SECONDS;
      IOException silence = new IOException("The hub is busy");
      try {
        HttpResponse<String> reply = http.send(request, BodyHandlers.ofString());
        if (reply.statusCode() < 400) return Json.object(reply.body());
        if (reply.statusCode() < 500) throw new IllegalStateException(reply.body());
        seconds = reply.headers().firstValueAsLong("Retry-After").orElse(WAIT_SECONDS);
      } catch (IOException lost) {
        silence = lost;
      }
      if (attempt == ATTEMPTS_MAX) throw silence;
      wait.accept(seconds);
    }
  }
}

/** A hub of the test's own, as a process, which ends with it. */
final class Hub implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(30);

  final String url;
  private final HttpClient http = HttpClient.newHttpClient();
  private final Process process;

  Hub() throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("hub-example");
    Path ready = folder.resolve("ready");
    var command = new ProcessBuilder("cpis-hub", "serve", "--port", "0", "--ready-file", ready.toString());
    command.environment().putAll(
        Map.of("DATA_DIR", ":memory:", "TESTER_CONTROLS", "true", "LOG_LEVEL", "silent"));
    command.redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.INHERIT);
    process = command.start();
    long deadline = System.nanoTime() + START.toNanos();
    while (!Files.exists(ready)) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        process.destroy();
        throw new IOException("the hub did not start");
      }
      Thread.sleep(50);
    }
    url = Files.readString(ready).strip();
    Files.delete(ready);
    Files.delete(folder);
  }

  /** A request of the test's, which must succeed. */
  Map<String, Object> ask(String method, String path, String message) throws IOException, InterruptedException {
    var request = HttpRequest.newBuilder(URI.create(url + path));
    if (!message.isEmpty()) request.header("Content-Type", "application/json");
    request.method(method, message.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(message));
    HttpResponse<String> reply = http.send(request.build(), BodyHandlers.ofString());
    if (reply.statusCode() >= 400) throw new AssertionError(method + " " + path + ": " + reply.body());
    return reply.body().isEmpty() ? Map.of() : Json.object(reply.body());
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}

/** As much JSON as the replies need, since Java brings none; your own client has a library for it. */
final class Json {
  private final String text;
  private int at = 0;

  private Json(String text) {
    this.text = text;
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> object(String text) throws IOException {
    try {
      return (Map<String, Object>) new Json(text).value();
    } catch (ClassCastException | IndexOutOfBoundsException | NumberFormatException wrong) {
      throw new IOException("The reply is no whole JSON object");
    }
  }

  /** For texts without control characters, such as numbers and ids. */
  static String quote(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private Object value() {
    return switch (next()) {
      case '{' -> {
        Map<String, Object> members = new LinkedHashMap<>();
        for (char c = next(); c != '}'; c = next()) {
          if (c == ',') next();
          String name = string();
          next(); // The colon.
          members.put(name, value());
        }
        yield members;
      }
      case '[' -> {
        List<Object> elements = new ArrayList<>();
        for (char c = next(); c != ']'; c = next()) {
          if (c != ',') at -= 1;
          elements.add(value());
        }
        yield elements;
      }
      case '"' -> string();
      default -> word();
    };
  }

  private char next() {
    while (Character.isWhitespace(text.charAt(at))) at += 1;
    return text.charAt(at++);
  }

  /** After its opening quote. */
  private String string() {
    StringBuilder read = new StringBuilder();
    for (char c = text.charAt(at++); c != '"'; c = text.charAt(at++)) {
      if (c == '\\') {
        c = text.charAt(at++);
        int control = "bfnrt".indexOf(c);
        if (control >= 0) c = "\b\f\n\r\t".charAt(control);
        else if (c == 'u') {
          c = (char) Integer.parseInt(text.substring(at, at + 4), 16);
          at += 4;
        }
      }
      read.append(c);
    }
    return read.toString();
  }

  private Object word() {
    int from = at - 1;
    while (at < text.length() && ",]} \n".indexOf(text.charAt(at)) < 0) at += 1;
    String word = text.substring(from, at);
    return switch (word) {
      case "true" -> true;
      case "false" -> false;
      case "null" -> null;
      default -> Double.valueOf(word);
    };
  }
}
