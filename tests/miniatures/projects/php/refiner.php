<?php
// A team's client, with PHP's own streams and forms. With SLIP set it makes the mistake that no stub would ever notice.

function call(string $method, string $path, array $fields): array
{
    $url = getenv('REFINER_BASE_URL') . $path;
    $form = http_build_query($fields);
    $options = ['method' => $method, 'ignore_errors' => true, 'header' => ['Authorization: Bearer ' . getenv('REFINER_API_KEY')]];
    if ($method === 'GET') {
        $url .= '?' . $form;
    } else {
        $options['header'][] = 'Content-Type: application/x-www-form-urlencoded';
        $options['content'] = $form;
    }
    return json_decode(file_get_contents($url, false, stream_context_create(['http' => $options])), true);
}

function identify(string $id, array $traits): array
{
    return call('POST', '/identify-user', ['id' => $id, 'account' => ['id' => 'acc-1', 'name' => 'Holt Ltd']] + $traits);
}

function responsesOf(array $surveys): array
{
    $name = getenv('SLIP') ? 'surveys' : 'form_uuids';
    return call('GET', '/responses', [$name => $surveys, 'include' => 'all']);
}
