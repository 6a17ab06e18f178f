<?php
// A client of Refiner's in PHP with its own streams and no extension, and the adapter that has it checked.
// Runs as `php honest.php stream` or `php honest.php oneshot`.

ini_set('display_errors', 'stderr');

const CALLS = [
    'verifyKey' => 'GET /',
    'getAccount' => 'GET /account',
    'identifyUser' => 'POST /identify-user',
    'trackEvent' => 'POST /track-event',
    'listContacts' => 'GET /contacts',
    'getContact' => 'GET /contact',
    'deleteContact' => 'DELETE /contact',
    'listSegments' => 'GET /segments',
    'addToSegment' => 'POST /sync-segment',
    'removeFromSegment' => 'DELETE /sync-segment',
    'listForms' => 'GET /forms',
    'publishForm' => 'POST /forms/publish',
    'duplicateForm' => 'POST /forms/duplicate',
    'archiveForm' => 'DELETE /forms',
    'listFormHistory' => 'GET /forms/history',
    'listResponses' => 'GET /responses',
    'storeResponse' => 'POST /responses',
    'tagResponse' => 'POST /responses/tags',
    'getReporting' => 'GET /reporting',
];
const KEPT = ['identifyUser' => 'contact_uuid', 'storeResponse' => 'uuid'];
const PAUSES = [0.2, 0.6]; // seconds before the second and the third attempt

final class Failure extends Exception
{
    public function __construct(public string $kind, string $message, public ?int $status = null, public float $wait = 0)
    {
        parent::__construct($message);
    }
}

final class Client
{
    private float $until;

    public function __construct(private string $baseUrl, private string $key, float $seconds)
    {
        $this->until = microtime(true) + $seconds;
    }

    public function call(string $operation, object $args): mixed
    {
        [$method, $path] = explode(' ', CALLS[$operation]);
        $given = $this->given($operation, get_object_vars($args));
        if (str_starts_with($operation, 'list')) {
            return ['items' => $this->allItems($path, $given)];
        }
        $answer = $this->request($method, $path, $given);
        $kept = KEPT[$operation] ?? null;
        return $kept ? [$kept => $answer->$kept ?? null] : $answer;
    }

    // What says who is meant goes last: no trait or answer takes its place.
    private function given(string $operation, array $given): array
    {
        if ($operation === 'identifyUser') {
            $traits = (array) ($given['traits'] ?? []);
            unset($given['traits']);
            if (isset($given['account'])) {
                $given['account'] = ['id' => $given['account']->id] + (array) ($given['account']->traits ?? []);
            }
            return $given + $traits;
        }
        if ($operation === 'storeResponse') {
            $answers = (array) $given['answers'];
            unset($given['answers']);
            return $given + $answers;
        }
        return $operation === 'publishForm' ? ['published' => (int) $given['published']] + $given : $given;
    }

    private function allItems(string $path, array $filters): array
    {
        $items = [];
        $further = [];
        do {
            $page = $this->request('GET', $path, $further + $filters);
            if (!is_array($page->items ?? null)) {
                throw new Failure('other', "the list of $path has no items");
            }
            array_push($items, ...$page->items);
            [$before, $further] = [$further, $this->nextPage($page->pagination ?? new stdClass())];
            if ($further && $further === $before) {
                throw new Failure('other', "the list of $path does not end");
            }
        } while ($further);
        return $items;
    }

    // Along the cursors where the list has any, else by page numbers.
    private function nextPage(object $pagination): array
    {
        if (property_exists($pagination, 'next_page_cursor')) {
            return $pagination->next_page_cursor ? ['page_cursor' => $pagination->next_page_cursor] : [];
        }
        $current = $pagination->current_page ?? 1;
        return $current < ($pagination->last_page ?? 1) ? ['page' => $current + 1] : [];
    }

    private function request(string $method, string $path, array $given): object
    {
        for ($attempt = 0; ; $attempt++) {
            try {
                return $this->read(...$this->send($method, $path, $given));
            } catch (Failure $failure) {
                // A write that was refused is made again, one that went wrong otherwise may have been done.
                $lasting = in_array($failure->kind, ['auth', 'not-found', 'invalid']);
                $again = $failure->kind === 'rate-limited' || ($method === 'GET' && !$lasting);
                $pause = max(PAUSES[$attempt] ?? INF, $failure->wait);
                if (!$again || microtime(true) + $pause >= $this->until) {
                    throw $failure;
                }
                usleep((int) (1_000_000 * $pause));
            }
        }
    }

    // Returns status, headers by small names, and body.
    private function send(string $method, string $path, array $given): array
    {
        $options = [
            'method' => $method,
            'protocol_version' => 1.1,
            'ignore_errors' => true,
            'follow_location' => 0,
            'timeout' => max(0.001, $this->until - microtime(true)),
            'header' => ["Authorization: Bearer $this->key", 'Content-Type: application/json', 'Connection: close'],
        ];
        $url = $this->baseUrl . $path;
        if ($method === 'POST') {
            $options['content'] = json_encode((object) $given, JSON_THROW_ON_ERROR | JSON_PRESERVE_ZERO_FRACTION);
        } elseif ($given) {
            $url .= '?' . $this->query($given);
        }
        $stream = @fopen($url, 'r', false, stream_context_create(['http' => $options]));
        if ($stream === false) {
            throw $this->silence('no answer');
        }
        $lines = stream_get_meta_data($stream)['wrapper_data'] ?? [];
        [, $status] = explode(' ', $lines[0] ?? 'HTTP/1.1 0');
        $headers = [];
        foreach (array_slice($lines, 1) as $line) {
            [$name, $value] = explode(':', $line, 2) + ['', ''];
            $headers[strtolower($name)] = trim($value);
        }
        $body = '';
        while (!feof($stream) && microtime(true) < $this->until) {
            $body .= @fread($stream, 65536);
        }
        $whole = feof($stream) && strlen($body) >= (int) ($headers['content-length'] ?? 0);
        fclose($stream);
        return $whole ? [(int) $status, $headers, $body] : throw $this->silence('no whole answer');
    }

    private function silence(string $message): Failure
    {
        return new Failure(microtime(true) > $this->until - 0.05 ? 'timeout' : 'network', $message);
    }

    private function read(int $status, array $headers, string $body): object
    {
        $value = json_decode($body);
        $told = is_object($value) ? $value : new stdClass();
        if ($status < 200 || $status >= 300) {
            $message = (string) ($told->error ?? $told->message ?? "status $status");
            throw new Failure($this->kind($status, $message), $message, $status, $this->retryAfter($headers));
        }
        return is_object($value) ? $value : throw new Failure('other', 'the answer is no JSON object', $status);
    }

    private function query(array $given): string
    {
        $pairs = [];
        foreach ($given as $name => $value) {
            foreach ((array) $value as $each) {
                $pairs[] = rawurlencode(is_array($value) ? "{$name}[]" : $name) . '=' . rawurlencode((string) $each);
            }
        }
        return implode('&', $pairs);
    }

    // Seconds, as a number or as a date.
    private function retryAfter(array $headers): float
    {
        $asked = $headers['retry-after'] ?? '';
        if (ctype_digit($asked)) {
            return (float) $asked;
        }
        $then = strtotime($asked);
        return $then === false ? 0 : $then - (strtotime($headers['date'] ?? 'now') ?: time());
    }

    // A key that nobody has is answered with 404, as a contact is that nobody has; only the text tells them apart.
    private function kind(int $status, string $message): string
    {
        return match (true) {
            $status === 401, $status === 403, $status < 500 && stripos($message, 'api key') !== false => 'auth',
            $status === 404 => 'not-found',
            $status === 429 => 'rate-limited',
            $status >= 500 => 'server',
            default => $status >= 400 ? 'invalid' : 'other',
        };
    }
}

function say(array $document): void
{
    $written = json_encode($document, JSON_PRESERVE_ZERO_FRACTION | JSON_INVALID_UTF8_SUBSTITUTE | JSON_THROW_ON_ERROR);
    fwrite(STDOUT, "$written\n");
}

function answer(object $request): array
{
    $case = ['case' => $request->case];
    if (!isset(CALLS[$request->operation])) {
        return $case + ['outcome' => 'unsupported', 'reason' => "there is no $request->operation"];
    }
    try {
        // It must have answered by the deadline, so it gives up a little earlier.
        $client = new Client($request->base_url, $request->api_key, 0.9 * $request->deadline_ms / 1000);
        return $case + ['outcome' => 'ok', 'value' => $client->call($request->operation, $request->args)];
    } catch (Failure $failure) {
        $error = ['kind' => $failure->kind, 'status' => $failure->status, 'message' => $failure->getMessage()];
        return $case + ['outcome' => 'error', 'error' => $error];
    }
}

if ($argv[1] === 'stream') {
    say(['hello' => 'refiner-adapter', 'v' => 1, 'name' => 'honest', 'language' => 'PHP', 'operations' => array_keys(CALLS)]);
}
// In `oneshot` there is one line.
while (($line = fgets(STDIN)) !== false) {
    say(answer(json_decode($line, false, 512, JSON_THROW_ON_ERROR)));
}
